/** Reads a slice in pieces, so that a gigabyte is neither one reply nor delays other requests. */
import { defer, EMPTY, expand, ignoreElements, concat, map, of, switchMap, tap, throwError, type Observable } from 'rxjs';
import { pointCount } from '../model/chunk-data.js';
import { blissdataError } from '../model/errors.js';
import type { ChunkData, StreamType } from '../model/stream-type.js';
import { lostItsSeal } from '../reading/known-length.js';
import { whereOf, type ReadableStream } from '../reading/reader/stream-source.js';
import type { Block, EntriesAt, Head } from '../ports/streams.js';
import { entryCopy } from '../wire/encoding/block-entries.js';
import { hasReached, headOf, holds, locatePoint } from './locate-point.js';

/** Entries between two wanted points are read as well if they take no more than this: a round trip costs more. */
const mostSkipped = 64 << 10;

/** How many entries are requested at first if their size is unknown, or only known of others; how fast that grows, and up to how many. */
const firstEntries = 16;
const likelyEntries = 128;
const growth = 8;
const mostEntries = 16_384;

/** The average size of the entries of each stream whose encoding does not fix it. */
const entryBytes = new WeakMap<object, number>();

export class Slicing<T extends StreamType> {
  private readonly parts: ChunkData<T>[] = [];
  private readonly start: number;
  private readonly step: number;
  /** Where to stop: as requested, and no later than the end of the stream. */
  private readonly wantedStop: number;
  private stop: number;
  /** The next wanted point. */
  private next: number;
  /** Where the next entry must begin, if the one before was read. */
  private end: number | undefined;
  private done = false;
  /** Whether the stop lies within the stream as of some moment: otherwise a slice would follow its publisher. */
  private isBounded = false;
  /** How many entries the last piece had. */
  private entries = 0;
  /** Whether an entry holds several of the wanted points. */
  private isDense = false;
  /** Whether the entry that holds the start was looked for once more. */
  private searched = false;

  constructor(
    private readonly stream: ReadableStream<T>,
    { start, stop, step }: { readonly start: number; readonly stop: number; readonly step: number },
  ) {
    this.start = start;
    this.next = start;
    this.wantedStop = stop;
    this.stop = stop;
    this.step = step;
  }

  /**
   * Emits once. Errors with `IndexNoMoreThere` if a point was trimmed off, even while the slice is read, with `StreamOverlap`, and with
   * `StreamRewound` or `StreamDeleted` if the stream has lost points that were read.
   */
  read(): Observable<ChunkData<T>> {
    return defer(() => this.begin()).pipe(
      // Mostly there is just one piece.
      switchMap(() => (this.done ? of(undefined) : this.piece())),
      switchMap(() => (this.done ? of(this.whole()) : this.remaining())),
    );
  }

  private remaining(): Observable<ChunkData<T>> {
    const pieces$ = this.piece().pipe(expand(() => (this.done ? EMPTY : this.piece())), ignoreElements());
    return concat(pieces$, defer(() => of(this.whole())));
  }

  private whole(): ChunkData<T> {
    const { codec } = this.stream;
    return codec.compact(codec.concat(this.parts));
  }

  private begin(): Observable<void> {
    return hasReached(this.stream, this.start) ? of(undefined) : this.bound();
  }

  /** Reads where the stream ends at present, and stops there. */
  private bound(): Observable<void> {
    return headOf(this.stream).pipe(
      switchMap((head) => {
        const length = head?.length ?? 0;
        this.isBounded = true;
        const { end, start } = this;
        if (end !== undefined && !lostItsSeal(head)) {
          const where = whereOf(this.stream.source);
          if (head?.exists !== true) throw blissdataError('StreamDeleted', where);
          if (length < end) throw blissdataError('StreamRewound', { ...where, expected: end, found: length });
        }
        this.stop = lostItsSeal(head) ? this.wantedStop : Math.min(this.wantedStop, length);
        this.done = this.next >= this.stop;
        return start < this.stop ? of(undefined) : this.beyond(start, head);
      }),
    );
  }

  /** A start beyond the end: an empty slice, unless the point was published since, or another writer's entries hide it. */
  private beyond(index: number, head: Head | undefined): Observable<void> {
    return locatePoint(this.stream, index, head).pipe(
      map(({ exists }) => {
        if (!exists) return;
        this.stop = this.wantedStop;
        this.isBounded = false;
        this.done = false;
      }),
    );
  }

  private piece(): Observable<void> {
    const mustBound = !this.isBounded && !hasReached(this.stream, this.stop - 1);
    if (!this.skips) return mustBound && this.end !== undefined ? this.bound() : this.readRange();
    return mustBound ? this.bound() : this.readWanted();
  }

  /** The approximate size of a point, or of an entry if points vary in size; undefined if unknown. */
  private get pointBytes(): number | undefined {
    const { codec, source } = this.stream;
    const { encoding } = codec;
    return encoding._tag === 'numeric' && !encoding.ragged ? Math.max(source.entryBytes, 1) : entryBytes.get(this.stream);
  }

  /** Whether the wanted points are read one by one, for there is too much between them. */
  private get skips(): boolean {
    return !this.isDense && this.step > 1 && (this.pointBytes ?? 0) * (this.step - 1) > mostSkipped;
  }

  private readRange(): Observable<void> {
    const { core, source, codec } = this.stream;
    const { encoding } = codec;
    const { pointBytes, stop, next, end: min = next } = this;
    const budget = core.budget.bytesPerRead;
    const isFixed = encoding._tag === 'numeric' && !encoding.ragged;
    const max = isFixed && pointBytes !== undefined ? Math.min(stop, min + Math.max(Math.floor(budget / pointBytes), 1)) - 1 : stop - 1;
    const most = this.entries === 0 ? (pointBytes === undefined ? firstEntries : likelyEntries) : Math.min(this.entries * growth, mostEntries);
    const count = isFixed ? undefined : Math.max(1, Math.min(most, Math.floor(budget / Math.max(pointBytes ?? 1, 1))));
    return core.database.range(source, { min, ...(max === Infinity ? {} : { max }), ...(count === undefined ? {} : { count }), part: true }).pipe(
      switchMap((block) => {
        // Unless an entry starts right at the beginning, the one before may extend into the slice.
        if (this.end !== undefined || block.firsts[0] === min) return this.take(block, max, count);
        return core.database.range(source, { max: min, count: 1, reverse: true }).pipe(
          switchMap((before) => {
            if (!holds(before, 0, min)) return this.lookForStart(min);
            // Published since: it begins where the range does, and is read with it.
            if (before.firsts[0] === min) return of(undefined);
            this.add(before);
            return this.take(block, max, count);
          }),
        );
      }),
    );
  }

  /** The entry that holds the next point is missing: it may have been published since, or was trimmed off, or does not exist. */
  private lookForStart(index: number): Observable<void> {
    return locatePoint(this.stream, index).pipe(
      map(({ exists, length, sealLost }) => {
        if (!exists && index >= length && !sealLost) this.done = true;
        else if (!exists || this.searched) throw blissdataError('IndexNoMoreThere', { ...whereOf(this.stream.source), index });
        this.searched = true;
      }),
    );
  }

  private take(block: Block, max: number, count: number | undefined): Observable<void> {
    const found = block.firsts.length;
    this.entries = Math.max(found, 1);
    this.add(block);
    const { end = 0, stop } = this;
    const isWhole = block.more !== true && (count === undefined || found < count);
    if (end >= stop) this.done = true;
    // The stream ended within the range, as of that moment.
    else if (isWhole && found > 0 && end <= max) this.done = true;
    else if (isWhole && found === 0) return this.requireEnd(end);
    return of(undefined);
  }

  /** Nothing follows what was read: that is the end of the stream, or the rest was trimmed off meanwhile. */
  private requireEnd(end: number): Observable<void> {
    if (!this.isBounded) return this.bound();
    throw blissdataError('IndexNoMoreThere', { ...whereOf(this.stream.source), index: end });
  }

  /** Takes the wanted points from consecutive entries. */
  private add(block: Block): void {
    const { firsts, lens, bytes } = block;
    if (firsts.length === 0) return;
    this.requireOrder(block);
    if (bytes.length > 0) entryBytes.set(this.stream, bytes.length / firsts.length);
    this.pick(block, firsts[0] ?? 0, this.end ?? (firsts.at(-1) ?? 0) + (lens.at(-1) ?? 1));
  }

  private pick(block: Block, first: number, end: number): void {
    const { core, codec } = this.stream;
    const { data, bad } = codec.decode(block, whereOf(this.stream.source));
    if (bad !== null) throw bad;
    // JSON values share no memory with what they were parsed from.
    if (codec.encoding._tag === 'json') core.database.recycle(block);
    if (this.next >= end) return;
    const part = codec.slice(data, this.next - first, this.stop - first, this.step);
    this.parts.push(part);
    this.next += pointCount(part) * this.step;
  }

  /** Positions in a slice are counted: a gap or an overlap would shift all points after it. */
  private requireOrder({ firsts, lens }: Block): void {
    const where = whereOf(this.stream.source);
    for (let k = 0; k < firsts.length; k++) {
      const found = firsts[k] ?? 0;
      const { end: expected } = this;
      // What is no number of points is for the decoder to complain of.
      if (expected !== undefined && found < expected) throw blissdataError('StreamOverlap', { ...where, expected, found });
      if (expected !== undefined && found > expected) throw blissdataError('IndexNoMoreThere', { ...where, index: expected });
      this.end = found + (lens[k] ?? 1);
    }
  }

  /** Reads only the entries of the next wanted points. */
  private readWanted(): Observable<void> {
    const { core, source } = this.stream;
    const { pointBytes = 1, next, stop, step, entries } = this;
    this.end = undefined;
    // At first just one, for it may be a batch that holds several of them.
    const most = entries === 0 ? 1 : Math.max(Math.floor(core.budget.bytesPerRead / pointBytes), 1);
    const count = Math.min(Math.ceil((stop - next) / step), most);
    this.entries = 1;
    const indices = Array.from({ length: count }, (_, i) => next + i * step);
    const found$ = core.database.entriesAt(source, indices).pipe(tap((found) => this.addWanted(found)), ignoreElements());
    return concat(
      found$,
      defer(() => {
        this.done = this.next >= stop;
        return this.next < next + count * step ? this.missing(this.next) : of(undefined);
      }),
    );
  }

  private addWanted({ block, indices }: EntriesAt): void {
    indices.forEach((index, k) => {
      // After one that is missing, the others are ignored.
      if (index !== this.next || !holds(block, k, index)) return;
      const one = indices.length === 1 ? block : entryCopy(block, k);
      const first = block.firsts[k] ?? 0;
      const len = block.lens[k] ?? 1;
      if (len > this.step) this.isDense = true;
      const { stop } = this;
      this.stop = index + 1;
      this.pick(one, first, first + len);
      this.stop = stop;
    });
  }

  private missing(index: number): Observable<never> {
    return locatePoint(this.stream, index).pipe(switchMap(() => throwError(() => blissdataError('IndexNoMoreThere', { ...whereOf(this.stream.source), index }))));
  }
}
