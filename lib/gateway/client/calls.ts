/** Requests to a gateway as Observables: cold, cancelled by unsubscribing. */
import * as E from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { concat, defer, map, Observable, reduce } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { Key } from '../../ports/keys.js';
import { problemsOf } from '../../wire/problems.js';
import type { ClientMessage } from '../protocol/client-messages.js';
import type { Limits } from '../protocol/limits.js';
import type { GatewayClient } from './gateway-client.js';
import type { Answer } from './requests.js';

/** Below this number a list fits into any message. */
const few = 50;

/** Emits each answer, and completes with the last. */
export const answersTo = (client: GatewayClient, message: (id: number) => string | Uint8Array, writes?: Key): Observable<Answer> =>
  new Observable((subscriber) =>
    client.request({
      writes,
      message,
      answered: (answer) => {
        subscriber.next(answer);
        if (!('last' in answer) || answer.last) subscriber.complete();
      },
      failed: (error) => subscriber.error(error),
    }),
  );

/** The text of a request. JSON has no infinities: a bound that is none is left out, as are arguments that are not given. */
export const requestText =
  (call: string, args: readonly unknown[]) =>
  (id: number): string => {
    const given = args.slice(0, args.findLastIndex((argument) => argument !== undefined) + 1);
    const message: ClientMessage = { id, call, args: given };
    return JSON.stringify(message, (_, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? undefined : value));
  };

/** A call whose answer is a value. */
export const valueOf = <A>(client: GatewayClient, codec: t.Decoder<unknown, A>, call: string, args: readonly unknown[], writes?: Key): Observable<A> =>
  answersTo(client, requestText(call, args), writes).pipe(map((answer) => decoded(codec, call, answer)));

export function decoded<A>(codec: t.Decoder<unknown, A>, call: string, answer: Answer): A {
  const result = codec.decode('value' in answer ? answer.value : undefined);
  if (E.isRight(result)) return result.right;
  throw unexpected(call, problemsOf(result.left));
}

export const unexpected = (command: string, problems: readonly string[]): Error => blissdataError('UnexpectedReply', { command, problems });

/** A call with a list, in as many requests as the gateway's limits ask for. Emits once. */
export const listed = <A, B>(client: GatewayClient, items: readonly A[], call: (some: readonly A[]) => Observable<readonly B[]>): Observable<readonly B[]> =>
  defer(() => {
    const some = pieces(items, client.limits);
    const [all] = some;
    return some.length === 1 && all !== undefined ? call(all) : concat(...some.map(call)).pipe(reduce((before: readonly B[], more) => [...before, ...more], []));
  });

/** Parts of a list that fit into a request each. */
export function pieces<A>(items: readonly A[], { keysPerRequest, message }: Limits): readonly (readonly A[])[] {
  const fitting = items.length <= few ? few : Math.floor((items.length * message) / (2 * JSON.stringify(items).length));
  const size = Math.max(1, Math.min(keysPerRequest, fitting));
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
