/** Publishes one scan: its metadata, streams and states. */
/// <reference lib="esnext.disposable" preserve="true" />
import { firstValueFrom } from 'rxjs';
import { blissdataError, isRequestTooLarge, type BlissdataErrorOf } from '../model/errors.js';
import type { ESRFIdentityFields, Identity, IdentityFields } from '../model/identity-model.js';
import { canChangeState, ScanState } from '../model/scan-state.js';
import type { StreamType } from '../model/stream-type.js';
import type { Id, Key } from '../ports/keys.js';
import type { CommitResult } from '../ports/scans.js';
import { recordCreation } from './end-of-history.js';
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

/** A publisher's metadata: anything that JSON can represent; NaN and the infinities become null. */
export type ScanInfo = Record<string, unknown>;

interface DeclaredStream {
  readonly pk: string;
  readonly encoding: string;
  readonly info: string;
}

/**
 * The writing end of a scan, created by `store.createScan`. A scan has one.
 *
 * Its states are changed by `prepare` (readers then see the streams), `start`, `stop` (seals every stream) and `close` (from any
 * state; seals too, and may be repeated, so that it fits in a `finally`). Each resolves once the server has the new state, and waits
 * for a server that is away, as the store's option `retry` says.
 *
 * They reject with `UnauthorizedStateTransition`, `InfoNotWritable`, `InvalidArgument`, `MetadataTooLarge`, `RequestTooLarge`, `ScanNotFound`
 * after the scan was deleted, or `ScanConflict` if another client has changed its state. The state then stays what it was, except
 * that `close` closes whatever it can. When the retries are used up they reject with the last attempt's error; a step whose
 * outcome is unknown may be repeated.
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
  /** Metadata, yours to change; uploaded by `prepare` and `close`. To change them between these two is an error of the next step. */
  info: ScanInfo;
  /** The Redis key of the scan. */
  readonly key: Key;

  private present: ScanState = ScanState.CREATED;
  /** The newest entry in the state stream that this writer knows. */
  private stateId: Id = originId;
  /** States requested since, which the server may have taken although their outcome is unknown. */
  private readonly unconfirmed = new Set<string>();
  private readonly declared = new Map<string, DeclaredStream>();
  private readonly writers = new Map<string, StreamWriter>();
  private uploadedInfo: string;
  private uploadedStreams: ReadonlyMap<string, DeclaredStream> = new Map();
  /** Steps are taken one after another. */
  private lastStep: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly core: WritingCore,
    private readonly prefix: string,
    /** The fields of the identity model. */
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
    recordCreation(writer.key);
    await writer.commit(ScanState.CREATED, writer.uploadedInfo, true);
    return writer;
  }

  /** The last state that the server has confirmed. */
  get state(): ScanState {
    return this.present;
  }

  /** The writers of the streams created so far. */
  get streams(): ReadonlyMap<string, StreamWriter> {
    return this.writers;
  }

  /**
   * Declares a stream and returns its writer. Readers see the stream from the next step on, normally `prepare`. The `info` of numeric
   * streams is completed with `dtype` and `shape`. Throws `StreamAlreadyExists`, `InvalidArgument`.
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
   * Any state → CLOSED: seals every stream, uploads `info`. Closing a closed scan does nothing. Neither points nor `info` that cannot be
   * written (the last uploaded `info` then stays), nor a state added by another client keep the scan open: it is closed,
   * and this rejects with the reason.
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
    // A failed step does not keep the next one from being tried; its own caller sees the failure.
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
    // Failures do not keep a scan open, and are reported after it was closed.
    if (failures.length > 0 && to !== ScanState.CLOSED) throw failures[0];
    failures.push(...(await this.commit(to, info, false).catch((error: unknown) => this.commitUploaded(to, error))));
    if (failures.length > 0) throw failures[0];
  }

  /** If the server refuses the new document, closes the scan with the one it has. */
  private async commitUploaded(to: ScanState, error: unknown): Promise<readonly unknown[]> {
    if (to !== ScanState.CLOSED || !isRequestTooLarge(error)) throw error;
    return [error, ...(await this.commit(to, this.uploadedInfo, false, this.uploadedStreams))];
  }

  /** The metadata to send with a step. */
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

  /** Resolves once the server has the state, to failures to be reported all the same. */
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

  /** A state requested by an earlier step of unknown outcome is no conflict: that step succeeded. */
  private conflictWith(found: string): BlissdataErrorOf<'ScanConflict'> | undefined {
    return this.unconfirmed.has(found) ? undefined : blissdataError('ScanConflict', { key: this.key, expected: this.present, found });
  }
}

/** Redis would refuse the whole document for a lone surrogate. */
function requireName(name: unknown): void {
  if (typeof name === 'string' && name.isWellFormed()) return;
  throw blissdataError('InvalidArgument', { argument: 'name', expected: 'a string without lone surrogates', received: received(name) });
}

/** As Python blissdata 2.x writes it into the info of numeric streams, and reads it. */
const typeInfo = (encoding: Encoding): ScanInfo => (encoding._tag === 'json' ? {} : { dtype: encoding.dtype, shape: encoding.shape });
