/** A gateway that says anything at any time: its client never throws, and every request comes to an end of the port's kind. */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VirtualTimeScheduler, type Observable } from 'rxjs';
import { gatewayDatabase } from '../../../lib/gateway/client/gateway-database.js';
import { encodeArrayMessage } from '../../../lib/gateway/protocol/array-message.js';
import { encodeBlockMessage } from '../../../lib/gateway/protocol/block-message.js';
import { defaultLimits } from '../../../lib/gateway/protocol/limits.js';
import { encodePart } from '../../../lib/gateway/protocol/parts.js';
import { encodeServerMessage, type ServerMessage } from '../../../lib/gateway/protocol/server-messages.js';
import type { Socket, SocketEvents } from '../../../lib/gateway/protocol/socket.js';
import { isBlissdataError } from '../../../lib/model/errors.js';
import { ScanState } from '../../../lib/model/scan-state.js';
import type { Database } from '../../../lib/ports/database.js';
import { anyBlock } from '../protocol/samples.js';

const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const key = 'esrf:stream:01J00000000000000000200001';
const scan = 'esrf:scan:01J00000000000000000000001';

const requests: readonly ((database: Database) => Observable<unknown>)[] = [
  (database) => database.protocolVersion(),
  (database) => database.heads([{ key }]),
  (database) => database.read([{ key, after: '0-0', maxEntries: 10, ahead: 1 << 20 }]),
  (database) => database.read([{ key, after: '4-1', maxEntries: 10 }, { key: scan, after: '0-0', maxEntries: 1 }]),
  (database) => database.range({ key }, { min: 3 }),
  (database) => database.range({ key }, { count: 3, reverse: true, part: true }),
  (database) => database.entriesAt({ key, scan }, [1, 2, 3]),
  (database) => database.log(key, '0-0', 10, scan),
  (database) => database.history('0-0', 10),
  (database) => database.scan(scan),
  (database) => database.identities([scan]),
  (database) => database.states([scan]),
  (database) => database.search({ prefix: 'esrf', criteria: [] }),
  (database) => database.append([{ key, scan, expected: '0-0', entries: [{ index: 0, len: 1, payload: new Uint8Array(8) }] }]),
  (database) => database.seal({ key, scan, length: 1 }),
  (database) => database.commit({ key: scan, json: '{}', stateKey: key, state: ScanState.CREATED, after: '0-0', announce: true }),
];

const welcome: ServerMessage = { welcome: 1, session: 's', database: 'd', epoch: 'e', rights: { write: true, delete: true }, limits: defaultLimits, features: ['files'] };

/** What the gateway does next. Ids and handles are mostly those that there are. */
type Act = { readonly say: string | Uint8Array<ArrayBuffer> } | { readonly close: number } | { readonly wait: number };

const id = fc.integer({ min: 0, max: requests.length + 2 });
const anyKey = fc.constantFrom(key, scan, '', '__proto__');
const value: fc.Arbitrary<NonNullable<unknown> | null> = fc.oneof(
  fc.constantFrom<NonNullable<unknown> | null>(null, '1', true, [], [true], [null], ['{}'], { json: '{}' }, { json: '{}', state: { id: '1-0', fields: { state: '0' } } }, { timetag: '1-0', keys: [scan] }, { entries: [] }, [{ _tag: 'appended', lastId: '0-1' }], { _tag: 'sealed', length: 1 }, { _tag: 'committed', id: '1-0' }),
  fc.constant([{ key, exists: true, lastId: '4-1', length: 5, sealed: false }]),
  fc.jsonValue({ maxDepth: 1 }).map((each) => each ?? null),
);
const error = fc.oneof(
  fc.constantFrom<Record<string, unknown>>({}, { name: 'E', message: 'm' }, { name: 'BlissdataError', message: 'm', _tag: 'Disconnected', fields: { url: 'd', reason: 'r' } }, { name: 'BlissdataError', message: 'm', _tag: 'ScanNotFound', fields: { key: 7 } }, { name: 'E', message: 'm', cause: { name: 1 } }),
  fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3, noNullPrototype: true }),
);
const message: fc.Arbitrary<ServerMessage> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(id, value).map(([n, answer]): ServerMessage => ({ id: n, value: answer })) },
  { weight: 3, arbitrary: fc.tuple(id, error).map(([n, failure]): ServerMessage => ({ id: n, error: failure })) },
  { weight: 2, arbitrary: fc.array(anyKey, { maxLength: 2 }).map((wake): ServerMessage => ({ wake })) },
  { weight: 2, arbitrary: fc.tuple(anyKey, fc.nat(3)).map(([follow, handle]): ServerMessage => ({ follow, handle })) },
  { weight: 1, arbitrary: fc.constantFrom<ServerMessage>({ wakeAll: 1 }, { wakeAll: 1, interrupted: true }, { pong: 1 }, { drain: 0 }, { drain: -5 }, { drain: 1e300 }, { expires: null }, { expires: 0 }, { expires: -1e300 }, welcome, { status: { _tag: 'ready' } }, { status: { _tag: 'failed', error: { name: 'E', message: 'm' } } }, { status: { _tag: 'x', error: {} } }) },
);
const block = fc
  .record({ id: fc.oneof(id, fc.nat(3)), answer: fc.boolean(), last: fc.boolean(), after: fc.constantFrom('0-0', '4-1', '18446744073709551615-18446744073709551615'), entries: anyBlock, hasIndices: fc.boolean() })
  .map(({ entries, hasIndices, ...rest }) => encodeBlockMessage({ ...rest, block: entries, ...(hasIndices ? { indices: Array.from(entries.firsts) } : {}) }));
const array = id.map((n) => encodeArrayMessage(n, { dtype: 'uint8', shape: [2], data: Uint8Array.of(1, 2) }));
const part = fc.tuple(fc.oneof(block, array), fc.nat(1), fc.constantFrom(0, 0, 40)).map(([whole, number, offset]) => encodePart(whole, number, Math.min(offset, whole.length - 1), 40));
const noise = fc.uint8Array({ maxLength: 70 });
const text = fc.oneof({ weight: 60, arbitrary: message.map(encodeServerMessage) }, { weight: 1, arbitrary: fc.string({ maxLength: 20 }) });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 30, arbitrary: text.map((say): Act => ({ say })) },
  { weight: 20, arbitrary: fc.oneof({ weight: 50, arbitrary: block }, { weight: 5, arbitrary: array }, { weight: 3, arbitrary: part }, { weight: 1, arbitrary: noise }).map((say): Act => ({ say })) },
  { weight: 1, arbitrary: fc.constantFrom(1000, 1001, 1005, 1006, 1009, 1012, 4400, 4401, 4403, 4404, 4408, 4413, 4429, 3000).map((close): Act => ({ close })) },
  { weight: 1, arbitrary: fc.constantFrom(1, 5000, 20_000).map((wait): Act => ({ wait })) },
);

it(`answers or fails every request, whatever its gateway says (FUZZ_SEED=${seed})`, () => {
  let answered = 0;
  let failed = 0;
  fc.assert(
    fc.property(fc.nat(9), fc.array(act, { maxLength: 30 }), fc.subarray([...requests], { minLength: 1 }), (greets, acts, asked) => {
      const scheduler = new VirtualTimeScheduler();
      let events: SocketEvents | undefined;
      const socket: Socket = { bufferedAmount: 0, send: () => undefined, close: () => undefined };
      const database = gatewayDatabase('ws://gateway/v1/socket', {
        scheduler,
        random: () => 0.5,
        openSocket: (_, heard) => {
          events = heard;
          return socket;
        },
      });
      const outcomes: unknown[] = [];
      database.invalidations$.subscribe();
      database.status$.subscribe();
      for (const request of asked) request(database).subscribe({ error: (failure: unknown) => outcomes.push(failure), complete: () => outcomes.push(undefined) });
      events?.opened?.();
      if (greets > 0) events?.message(encodeServerMessage(welcome));
      for (const each of acts) {
        if ('say' in each) events?.message(typeof each.say === 'string' ? each.say : Uint8Array.from(each.say));
        else if ('close' in each) events?.closed(each.close, '');
        else {
          scheduler.maxFrames = scheduler.frame + each.wait;
          scheduler.flush();
        }
      }
      database.close().subscribe();
      expect(outcomes).toHaveLength(asked.length);
      for (const outcome of outcomes) {
        if (outcome === undefined) answered++;
        else {
          expect(isBlissdataError(outcome)).toBe(true);
          failed++;
        }
      }
    }),
    { numRuns: 3000, seed, endOnFailure: process.env['FUZZ_SHRINK'] === undefined },
  );
  expect(Math.min(answered, failed)).toBeGreaterThan(50);
}, 120_000);
