/** The requests that are answered by JSON: a closed list, each with its arguments decoded, for what its caller may see and do. */
import { defer, throwError, type Observable, type SchedulerLike } from 'rxjs';
import { endOfJob, type EndOfTick } from '../../model/end-of-tick.js';
import { blissdataError } from '../../model/errors.js';
import type { IdentityModel } from '../../model/identity-model.js';
import type { NdArray } from '../../model/nd-array.js';
import type { Database } from '../../ports/database.js';
import type { ArrayFiles } from '../../ports/files.js';
import { SameTick } from '../../reading/same-tick.js';
import { sealId } from '../../wire/stream-id.js';
import { defaultLimits, type Limits } from '../protocol/limits.js';
import { AnswersFromMemory } from './answers-from-memory.js';
import { argumentsOf, requireAtMost } from './call-arguments.js';
import type { Caller, CallContext } from './call-context.js';
import { LogCalls } from './log-calls.js';
import type { RelayEvents } from './relay-events.js';
import { ScanCalls } from './scan-calls.js';
import { ServedFiles } from './served-files.js';
import { StateLogs } from './state-logs.js';
import type { Visibility } from './visibility.js';
import type { WatchedKeys } from './watched-keys.js';
import { WritingCalls } from './writing-calls.js';

export type { Caller } from './call-context.js';

export interface PlainCallsOptions {
  readonly database: Database;
  readonly watched: WatchedKeys;
  readonly visibility: Visibility;
  readonly scheduler: Pick<SchedulerLike, 'now'>;
  /** Opens the files of streams that are saved; without it none is read. */
  readonly files?: { readonly reader: ArrayFiles; readonly model: IdentityModel } | undefined;
  readonly endOfTick?: EndOfTick;
  readonly limits?: Pick<Limits, 'keysPerRequest'>;
  readonly events?: RelayEvents | undefined;
}

type Handler = (args: readonly unknown[], caller: Caller) => Observable<unknown>;

export class PlainCalls {
  private readonly kept: AnswersFromMemory;
  private readonly served: ServedFiles | undefined;
  private readonly visibility: Visibility;
  private readonly handlers: ReadonlyMap<string, Handler>;

  constructor({ database, watched, visibility, scheduler, files, endOfTick = endOfJob, limits = defaultLimits, events }: PlainCallsOptions) {
    const sameTick = new SameTick(endOfTick);
    this.visibility = visibility;
    this.served = files && new ServedFiles({ files: files.reader, model: files.model, database, visibility, scheduler, sameTick });
    this.kept = new AnswersFromMemory(sameTick, scheduler, events);
    watched.observe(this.kept);
    this.handlers = new Map([
      ...handlersOf({ database, visibility, kept: this.kept, stateLogs: new StateLogs(database, sameTick), sameTick }, limits.keysPerRequest),
      ['fileLength', (args, { rights }) => this.withFiles((served) => served.length(...argumentsOf.fileLength(args), rights))],
    ]);
  }

  /** How much memory is taken by the answers that are kept, about. */
  get bytes(): number {
    return this.kept.bytes;
  }

  /**
   * Emits the answer, which JSON can hold, and completes; `jsonText` writes it. Errors as the database does, with `InvalidArgument` for a
   * call that is not one of these or has other arguments, and with `AccessDenied`.
   */
  answer(call: string, args: readonly unknown[], caller: Caller): Observable<unknown> {
    const handler = this.handlers.get(call);
    if (handler !== undefined) return defer(() => handler(args, caller));
    return throwError(() => blissdataError('InvalidArgument', { argument: 'call', expected: `one of ${[...this.handlers.keys()].join(', ')}`, received: call.slice(0, 80) }));
  }

  /** The answer to `fileRead`: the points of a stream's file from one index up to another one. Errors as {@link ServedFiles} does, and as `answer`. */
  file(args: readonly unknown[], { rights }: Pick<Caller, 'rights'>): Observable<NdArray> {
    return defer(() => this.withFiles((served) => served.read(...argumentsOf.fileRead(args), rights)));
  }

  private withFiles<A>(use: (served: ServedFiles) => Observable<A>): Observable<A> {
    return this.served === undefined ? this.visibility.denied('it reads no files') : use(this.served);
  }
}

function handlersOf(context: CallContext, mostKeys: number): ReadonlyMap<string, Handler> {
  /** At most so many keys. */
  const limited = <A extends readonly [readonly unknown[]]>(args: A): A => {
    requireAtMost(mostKeys, 'keys', args[0]);
    return args;
  };
  const scans = new ScanCalls(context);
  const logs = new LogCalls(context);
  const writing = new WritingCalls(context);
  return new Map<string, Handler>([
    ['protocolVersion', (args) => {
      argumentsOf.protocolVersion(args);
      return scans.protocolVersion();
    }],
    ['heads', (args, caller) => scans.heads(caller, ...limited(argumentsOf.heads(args)))],
    ['log', (args, caller) => logs.log(caller, ...argumentsOf.log(args))],
    ['history', (args, caller) => logs.history(caller, ...argumentsOf.history(args))],
    ['logTail', (args, caller) => {
      const [key, { max = sealId, count }] = argumentsOf.logTail(args);
      return logs.logTail(caller, key, max, count);
    }],
    ['text', (args, caller) => scans.text(caller, ...argumentsOf.text(args))],
    ['scan', (args, caller) => scans.scan(caller, ...argumentsOf.scan(args))],
    ['remains', (args, caller) => scans.remains(caller, ...argumentsOf.remains(args))],
    ['scansExist', (args, caller) => scans.scansExist(caller, ...limited(argumentsOf.scansExist(args)))],
    ['identities', (args, caller) => scans.identities(caller, ...limited(argumentsOf.identities(args)))],
    ['states', (args, caller) => scans.states(caller, ...limited(argumentsOf.states(args)))],
    ['search', (args, caller) => scans.search(caller, ...argumentsOf.search(args))],
    ['seal', (args, caller) => writing.seal(caller, ...argumentsOf.seal(args))],
    ['commit', (args, caller) => writing.commit(caller, ...argumentsOf.commit(args))],
    ['deleteScan', (args, caller) => writing.deleteScan(caller, ...argumentsOf.deleteScan(args))],
  ]);
}
