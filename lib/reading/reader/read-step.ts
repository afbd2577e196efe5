/** The looks that a reader takes at its stream, and what it learns from each: where it stands, how big entries are, whether there are more. */
import { defer, isObservable, map, of, switchMap, tap, type Observable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { Block } from '../../ports/streams.js';
import { compareIds, entryId, originId } from '../../wire/stream-id.js';
import type { Core } from '../core.js';
import { fingerprint } from './fingerprint.js';
import { inOrder } from './in-order.js';
import { origin, positionAt, type Position } from './position.js';
import { lastEntry, lastOf, pointsIn, withoutEntries, type Pulled } from './pulled.js';
import type { Reading } from '../read-scheduler.js';
import type { Pace } from './read-policy.js';
import { verifyContinuity } from './verify-continuity.js';
import type { StreamSource } from './stream-source.js';
import { diagnoseEmptyRead } from './diagnose-empty-read.js';

/** What an entry takes on the wire besides its payload. */
const entryOverhead = 60;
/** A reply of more small entries is not faster, and would be big if the entries after them were. */
const mostEntriesPerRead = 2000;
/** How many entries are asked for while nobody knows how big they are, and how much faster it may get from one read to the next. */
const firstEntries = 100;
const growth = 8;

/** What a look has found, if anything. */
export type Found = Pulled | undefined;

export class StreamLooks {
  private position: Position;
  /** The index up to which the consumer has got all points, or has been told of them: it lies before the position while some are being passed over. */
  private told: number;
  /** Where to begin, as long as that has not been looked up. */
  private from: number | undefined;
  private entryBytes: number;
  private maxEntries = firstEntries;

  /** Whether the last look saw that there is more. */
  behind = false;
  /** Whether the last look saw the end of what there is, which arms a wake: until then there is nothing to look for. */
  atEnd = false;
  /** How many requests were sent. */
  reads = 0;
  /** How often the connection was lost, and the stream found to be still the same. */
  reconnects = 0;
  /** As of which interruption the stream is known to be the one that was read. */
  private trusted: number;

  constructor(
    private readonly core: Core,
    private readonly source: StreamSource,
    from: number,
    private readonly lost: 'wait' | 'tell' = 'wait',
  ) {
    this.position = { ...origin, index: from };
    this.told = from;
    if (from > 0) this.from = from;
    this.entryBytes = source.entryBytes + entryOverhead;
    this.trusted = core.hub.interruptions;
  }

  /** The index of the point that is read next. */
  get index(): number {
    return this.position.index;
  }

  /** About how much the next big read gives. */
  get expectedBytes(): number {
    return Math.max(this.entryBytes, Math.min(this.core.budget.bytesPerRead, this.entryBytes * this.maxEntries));
  }

  /** Reads on from another point. */
  seek(index: number): void {
    this.from = index;
    this.told = index;
    this.behind = false;
    this.atEnd = false;
  }

  /** Emits once: what the server has for this reader. `maxBytes` is how much may be read. */
  read(pace: Pace, maxBytes: number): Observable<Reading> {
    const { from } = this;
    if (from !== undefined) return this.moveTo(from).pipe(switchMap(() => this.read(pace, maxBytes)));
    this.reads++;
    const { entryBytes, behind, maxEntries, source, position } = this;
    const most = pace._tag === 'newest' ? 2 : maxEntries;
    return this.core.reads.read({ key: source.key, after: position.after, maxEntries: most, maxBytes, entryBytes, behind });
  }

  /**
   * What that amounts to: at once, which is what it mostly is, or after another question. `undefined` where there is nothing now.
   *
   * @param woken whether something was said to have changed
   */
  found(reading: Reading, pace: Pace, maxBytes: number, woken: boolean): Found | Observable<Found> {
    if (this.isTrusted) return this.foundHere(reading, pace, maxBytes, woken);
    return this.verified(reading).pipe(
      switchMap(() => {
        const { index, seen, after } = this.position;
        const isPlaceKnown = seen !== originId || after === originId;
        if (isPlaceKnown) return of(reading);
        // It was in an entry that nobody has read yet, and may be in another one by now.
        this.from = index;
        return this.read(pace, maxBytes).pipe(switchMap((later) => this.verified(later)));
      }),
      switchMap((verified) => {
        const found = this.foundHere(verified, pace, maxBytes, woken);
        return isObservable(found) ? found : of(found);
      }),
    );
  }

  /** Whether no connection was lost since the stream was known to be the one that was read. */
  private get isTrusted(): boolean {
    return this.trusted === this.core.hub.interruptions;
  }

  /** The answer again, once it is known that it is about the stream that was read: the server that gave it may have lost that, or be another one. */
  private verified<A>(answer: A): Observable<A> {
    if (this.isTrusted) return of(answer);
    const { interruptions } = this.core.hub;
    return this.checked().pipe(
      switchMap((isThere) => {
        // Where there is no stream, one that begins meanwhile has to be checked as well.
        if (!isThere) return of(answer);
        this.trusted = interruptions;
        this.reconnects++;
        return this.verified(answer);
      }),
    );
  }

  private checked(): Observable<boolean> {
    const { position, source } = this;
    if (position.seen === originId) return of(true);
    const question = `${source.key} ${position.seen} ${position.index} ${position.fingerprint}`;
    return this.core.sameTick.ask(question, () => verifyContinuity(this.core.database, source, position));
  }

  private foundHere(reading: Reading, pace: Pace, maxBytes: number, woken: boolean): Found | Observable<Found> {
    const { block, full } = reading;
    this.learnFrom(reading);
    if (block.firsts.length === 0 && block.seal === undefined) return this.nothing(woken);
    if (pace._tag === 'newest') return full ? this.newest() : this.jumpTo(block);
    if (pace._tag === 'window') return this.window(reading, pace.points, maxBytes);
    return this.advance(block);
  }

  private moveTo(index: number): Observable<unknown> {
    return positionAt(this.core.database, this.source, index).pipe(
      switchMap((position) => this.verified(position)),
      tap((position) => {
        const { seen, fingerprint: known } = position.seen === originId ? this.position : position;
        this.position = { ...position, seen, fingerprint: known };
        this.from = undefined;
      }),
    );
  }

  private learnFrom({ block, full }: Reading): void {
    this.behind = full;
    this.atEnd = !full;
    const entries = block.firsts.length;
    if (entries === 0) return;
    this.entryBytes = block.bytes.length / entries + entryOverhead;
    this.maxEntries = Math.min(Math.max(this.maxEntries, entries * growth), mostEntriesPerRead);
  }

  /** A stream that was never written might have been deleted with its scan without anybody being told. */
  private nothing(woken: boolean): undefined | Observable<Found> {
    const { index, seen } = this.position;
    if (!woken && seen !== originId) return undefined;
    return this.core.sameTick
      .ask(`${this.source.key} ${seen}`, () => diagnoseEmptyRead(this.core.database, this.source, index, seen))
      .pipe(switchMap((length) => (this.lost === 'tell' && length > index ? this.allLost(length) : of(undefined))));
  }

  /** Everything up to the end, if it has been trimmed off indeed: it may have been added since it was looked for. */
  private allLost(length: number): Observable<Found> {
    return defer(() => {
      this.reads++;
      return this.core.database.range(this.source, { min: this.position.start, count: 1 });
    }).pipe(
      switchMap((block) => this.verified(block)),
      map((block) => {
        if (block.firsts.length > 0) return undefined;
        const { index } = this.position;
        const { told } = this;
        this.position = { ...this.position, index: length, start: length };
        this.told = length;
        return { index: told, dropped: index - told, expired: length - index, block: withoutEntries(block), skip: 0, ended: false };
      }),
    );
  }

  /** Goes on to the end of the block. */
  private advance(read: Block): Pulled {
    const block = inOrder(read);
    // What does not follow is left for the next look, which does not have to wait for it.
    if (block !== read) this.atEnd = false;
    const first = this.firstOf(block);
    const { index } = this.position;
    const { told } = this;
    this.passOver(block);
    return { index: told, dropped: index - told, expired: Math.max(first - index, 0), block, skip: Math.max(index - first, 0), ended: block.seal !== undefined };
  }

  /** Goes on to the end of the block, whose last entry holds the newest point. Nothing if that is the one that was seen last. */
  private jumpTo(block: Block): Pulled | undefined {
    const { index, after } = this.position;
    const { told } = this;
    const ended = block.seal !== undefined;
    const newest = lastEntry(block);
    const first = this.firstOf(newest);
    const skip = pointsIn(newest) - 1;
    const isNew = newest.firsts.length > 0 && compareIds(entryId(first), after) > 0;
    if (isNew) this.passOver(newest);
    // An index to begin at may lie beyond what there is.
    if (isNew && first + skip >= index) return { index: told, dropped: first + skip - told, expired: 0, block: newest, skip, ended };
    if (!ended) return undefined;
    // What is missing at the end was not passed over: it is there no more.
    const end = withoutEntries(block);
    return { index: told, dropped: 0, expired: Math.max(this.firstOf(end) - Math.max(index, told), 0), block: end, skip: 0, ended };
  }

  /** The last two entries are enough: the last of a sealed stream is the seal. */
  private newest(): Observable<Pulled | undefined> {
    return defer(() => {
      this.reads++;
      return this.core.database.range(this.source, { reverse: true, count: 2 });
    }).pipe(
      switchMap((block) => this.verified(block)),
      map((block) => {
        // The read before has armed the wake; what has come since is a reason for one.
        this.behind = false;
        this.atEnd = true;
        return this.jumpTo(block);
      }),
    );
  }

  /** What was read, if it lies within the last so many points; otherwise those. */
  private window({ block, full }: Reading, points: number, maxBytes: number): Pulled | Observable<Pulled> {
    if (!full) return lastOf(this.advance(block), points);
    return defer(() => {
      this.reads++;
      return this.core.database.heads([this.source]);
    }).pipe(
      switchMap((heads) => this.verified(heads)),
      switchMap(([head]) => {
        const start = (head?.length ?? 0) - points;
        if (start <= this.position.index) return of(this.advance(block));
        return this.moveTo(start).pipe(
          switchMap(() => this.read({ _tag: 'all' }, maxBytes)),
          switchMap((reading) => this.verified(reading)),
          map((reading) => {
            this.learnFrom(reading);
            const pulled = this.advance(reading.block);
            return reading.full ? pulled : lastOf(pulled, points);
          }),
        );
      }),
    );
  }

  /** The index at which the block begins, or the stream ends; an entry that begins before the one before it ends is an error, and so is an end before what was read. */
  private firstOf({ firsts, seal }: Block): number {
    const { index, start, after } = this.position;
    const { key, name } = this.source;
    if (seal !== undefined && !Number.isSafeInteger(seal)) {
      throw blissdataError('InvalidEntry', { key, stream: name, index, expected: 'the number of points in the seal', received: String(seal) });
    }
    const first = firsts[0] ?? seal ?? start;
    if (first >= start) return first;
    if (firsts.length > 0) throw blissdataError('StreamOverlap', { key, stream: name, expected: start, found: first });
    // Where all points are trimmed off, one who seals may know no more than where the last entry began.
    if (first === Number.parseInt(after, 10) + 1) return start;
    // It did not have the points that were read: it is another stream.
    throw blissdataError('StreamRewound', { key, stream: name, expected: index, found: first });
  }

  private passOver(block: Block): void {
    const { firsts, lens } = block;
    const last = firsts.length - 1;
    if (last < 0) return;
    const lastFirst = firsts[last] ?? 0;
    const end = lastFirst + (lens[last] ?? 1);
    const id = entryId(lastFirst);
    this.position = { index: Math.max(this.position.index, end), start: end, after: id, seen: id, fingerprint: fingerprint(block, last) };
    this.told = this.position.index;
  }
}
