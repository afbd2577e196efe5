/** Publishes one scan: its metadata, its streams, its states. */
import { firstValueFrom } from 'rxjs';
import { blissdataError, isRequestTooLarge, type BlissdataErrorOf } from '../model/errors.js';
import type { ESRFIdentityFields, Identity, IdentityFields } from '../model/identity-model.js';
import { canChangeState, ScanState } from '../model/scan-state.js';
import type { StreamType } from '../model/stream-type.js';
import type { Id, Key } from '../ports/keys.js';
import type { CommitResult } from '../ports/scans.js';
import { creating } from './from-now.js';
import type { WritingCore } from '../stream/pending-writes.js';
import { StreamWriter, type StreamWriterOptions } from '../stream/stream-writer.js';
import { codecOf } from '../wire/encoding/codec.js';
import { encodingRecord, type Encoding } from '../wire/encoding/encoding.js';
import { scanKey, streamKey } from '../wire/keys.js';
import { received } from '../wire/problems.js';
import { originId } from '../wire/stream-id.js';
import { encodeScanDocument } from '../wire/scan-document.js';
import type { Encoder } from '../wire/encoding/encoders.js';
import { scanInfoJson, streamInfoJson } from './metadata.js';
import { newPk } from './new-pk.js';

/** Metadata as a publisher writes it: anything that JSON can say; NaN and the infinities become null. */
export type ScanInfo = Record<string, unknown>;

interface DeclaredStream {
  readonly pk: string;
  readonly encoding: string;
  readonly info: string;
}

/**
 * The writing end of a scan, made by `store.createScan`; there is one per scan.
 *
 * States: `prepare` (readers see the streams), `start`, `stop` (seals every stream), `close` (from any state, seals too, and may
 * be called again, so that it can stand in a `finally`). Each resolves once the server has it, and waits for one that is away, as the
 * store's option `retry` says.
 *
 * Errors: `UnauthorizedStateTransition`, `InfoNotWritable`, `InvalidArgument`, `MetadataTooLarge`, `RequestTooLarge`, `ScanNotFound` once the scan is deleted,
 * `ScanConflict` where somebody else has changed its state; after each of these the state is what it was, unless it was `close` that
 * rejected. Where there are no more attempts to be made, what the last one failed with: a step whose outcome is unknown may be asked for again, and so may `close`.
 *
 * @example
 * const scan = await store.createScan({ name: 'ascan', number: 1, data_policy: 'ESRF' });
 * try {
 *   const diode = scan.createStream('diode', numeric('float64'), { unit: 'mA' });
 *   await scan.prepare();
 *   await scan.start();
 *   diode.send(0.5);
 *   await scan.stop();
 *   scan.info['end_reason'] = 'SUCCESS';
 * } finally {
 *   await scan.close();
 * }
 */
export class ScanWriter<F extends IdentityFields = ESRFIdentityFields> implements AsyncDisposable {
  /** Metadata, yours to change; uploaded by `prepare` and by `close`, and to be left alone at the steps between. */
  info: ScanInfo;
  /** The Redis key of the scan. */
  readonly key: Key;

  private present: ScanState = ScanState.CREATED;
  /** The newest entry of the states, as far as is known. */
  private stateId: Id = originId;
  /** States that were asked for since: the server may have them, if nobody could tell. */
  private readonly unconfirmed = new Set<string>();
  private readonly declared = new Map<string, DeclaredStream>();
  private readonly writers = new Map<string, StreamWriter>();
  private uploadedInfo: string;
  private uploadedStreams: ReadonlyMap<string, DeclaredStream> = new Map();
  /** Steps are taken one after another, in the order in which they were asked for. */
  private lastStep: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly core: WritingCore,
    private readonly prefix: string,
    /** Who this scan is. */
    readonly identity: Identity<F>,
    info: ScanInfo,
    private readonly pks: { readonly scan: string; readonly identity: string; readonly state: string },
  ) {
    this.info = info;
    this.key = scanKey(prefix, pks.scan);
    this.uploadedInfo = scanInfoJson(this.key, info);
  }

  /**
   * Creates the scan in the database and announces it; what `store.createScan` does after checking the identity.
   *
   * @internal
   */
  static async create<F extends IdentityFields>(core: WritingCore, prefix: string, identity: Identity<F>, info: ScanInfo): Promise<ScanWriter<F>> {
    const { scheduler } = core;
    const writer = new ScanWriter(core, prefix, identity, info, { scan: newPk(scheduler), identity: newPk(scheduler), state: newPk(scheduler) });
    creating(writer.key);
    await writer.commit(ScanState.CREATED, writer.uploadedInfo, true);
    return writer;
  }

  /** The last state that the server confirmed. */
  get state(): ScanState {
    return this.present;
  }

  /** The writers of the streams created so far. */
  get streams(): ReadonlyMap<string, StreamWriter> {
    return this.writers;
  }

  /**
   * Declares a stream and gives its writer. Readers see it from the next step on (`prepare` for those created before it).
   * Numeric streams get `dtype` and `shape` into their `info`, unless it says so itself. Errors: `StreamAlreadyExists`, `InvalidArgument`.
   */
  createStream<T extends StreamType>(name: string, encoder: Encoder<T>, info: ScanInfo = {}, options: StreamWriterOptions = {}): StreamWriter<T> {
    if (this.present === ScanState.CLOSED) throw blissdataError('UnauthorizedStateTransition', { key: this.key, from: this.present, to: this.present });
    requireName(name);
    if (this.writers.has(name)) throw blissdataError('StreamAlreadyExists', { key: this.key, stream: name });
    const { encoding } = encoder;
    const declared = { pk: newPk(this.core.scheduler), encoding: JSON.stringify(encodingRecord(encoding)), info: streamInfoJson(name, info, typeInfo(encoding)) };
    const key = streamKey(this.prefix, declared.pk);
    const source = { key, name, scan: this.key, stateKey: this.stateKey, entryBytes: 0 };
    const writer = new StreamWriter(this.core, source, codecOf(encoding), options);
    this.declared.set(name, declared);
    this.writers.set(name, writer);
    return writer;
  }

  /** CREATED → PREPARED: uploads `info` and shows the streams. */
  prepare(): Promise<void> {
    return this.step(ScanState.PREPARED);
  }

  /** PREPARED → STARTED. */
  start(): Promise<void> {
    return this.step(ScanState.STARTED);
  }

  /** STARTED → STOPPED: flushes and seals every stream first. */
  stop(): Promise<void> {
    return this.step(ScanState.STOPPED);
  }

  /**
   * Any state → CLOSED: seals every stream, uploads `info`. Closing a closed scan does nothing. Whatever cannot be written, points
   * or `info` (then the last one uploaded stays), does not keep the scan open, nor does a state that somebody else has added: it is
   * closed, and this rejects with the reason.
   */
  close(): Promise<void> {
    return this.step(ScanState.CLOSED);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private get stateKey(): Key {
    return streamKey(this.prefix, this.pks.state);
  }

  private step(to: ScanState): Promise<void> {
    const taken = this.lastStep.then(() => this.change(to));
    // The next step is tried whatever became of this one, whose failure its own caller hears of.
    this.lastStep = taken.catch(() => undefined);
    return taken;
  }

  private async change(to: ScanState): Promise<void> {
    const from = this.present;
    if (from === ScanState.CLOSED && to === ScanState.CLOSED) return;
    if (!canChangeState(from, to)) throw blissdataError('UnauthorizedStateTransition', { key: this.key, from, to });
    const failures: unknown[] = [];
    const info = this.infoFor(to, failures);
    if (to >= ScanState.STOPPED) failures.push(...(await this.sealAll()));
    // What could not be written must not keep a scan open; but it must not be passed over in silence.
    if (failures.length > 0 && to !== ScanState.CLOSED) throw failures[0];
    failures.push(...(await this.commit(to, info, false).catch((error: unknown) => this.commitUploaded(to, error))));
    if (failures.length > 0) throw failures[0];
  }

  /** Closes a scan with what the server took before, where it does not take what it is to have now. */
  private async commitUploaded(to: ScanState, error: unknown): Promise<readonly unknown[]> {
    if (to !== ScanState.CLOSED || !isRequestTooLarge(error)) throw error;
    return [error, ...(await this.commit(to, this.uploadedInfo, false, this.uploadedStreams))];
  }

  /** The metadata to go with a step. */
  private infoFor(to: ScanState, failures: unknown[]): string {
    try {
      const info = scanInfoJson(this.key, this.info);
      const mayUpload = to === ScanState.PREPARED || to === ScanState.CLOSED;
      if (!mayUpload && info !== this.uploadedInfo) throw blissdataError('InfoNotWritable', { key: this.key, to });
      return info;
    } catch (error) {
      if (to !== ScanState.CLOSED) throw error;
      failures.push(error);
      return this.uploadedInfo;
    }
  }

  private async sealAll(): Promise<readonly unknown[]> {
    const results = await Promise.allSettled([...this.writers.values()].map((writer) => writer.seal()));
    return results.filter((result) => result.status === 'rejected').map((result): unknown => result.reason);
  }

  /** Resolves, once the server has the state, to what is to be said nevertheless. */
  private async commit(state: ScanState, info: string, announce: boolean, streams: ReadonlyMap<string, DeclaredStream> = new Map(this.declared)): Promise<readonly unknown[]> {
    const { scan: pk, identity: identityPk, state: statePk } = this.pks;
    const text = encodeScanDocument({ pk, identityPk, identity: this.identity, info, statePk, streams });
    const commit = (after: Id): Promise<CommitResult> =>
      firstValueFrom(this.core.database.commit({ key: this.key, json: text, stateKey: this.stateKey, state, after, announce }));
    const failures: unknown[] = [];
    let result = await commit(this.stateId).finally(() => this.unconfirmed.add(String(state)));
    if (result._tag === 'conflict') {
      const conflict = this.conflictWith(result.state);
      if (conflict !== undefined && state !== ScanState.CLOSED) throw conflict;
      if (conflict !== undefined) failures.push(conflict);
      result = await commit(result.id);
    }
    if (result._tag === 'scanDeleted') throw blissdataError('ScanNotFound', { key: this.key });
    if (result._tag === 'conflict') throw blissdataError('ScanConflict', { key: this.key, expected: this.present, found: result.state });
    this.stateId = result.id;
    this.unconfirmed.clear();
    this.present = state;
    this.uploadedInfo = info;
    this.uploadedStreams = streams;
    return failures;
  }

  /** None with a state that an earlier step was to add, whose outcome nobody knew: it came through. */
  private conflictWith(found: string): BlissdataErrorOf<'ScanConflict'> | undefined {
    return this.unconfirmed.has(found) ? undefined : blissdataError('ScanConflict', { key: this.key, expected: this.present, found });
  }
}

/** A lone surrogate is no text: Redis would refuse the whole scan for it. */
function requireName(name: unknown): void {
  if (typeof name === 'string' && name.isWellFormed()) return;
  throw blissdataError('InvalidArgument', { argument: 'name', expected: 'a text', received: received(name) });
}

/** What Python blissdata 2.x writes into the info of numeric streams, and reads to know them without their encoding. */
const typeInfo = (encoding: Encoding): ScanInfo => (encoding._tag === 'json' ? {} : { dtype: encoding.dtype, shape: encoding.shape });
