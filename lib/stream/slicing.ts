/** Reads a slice in pieces, so that one of a gigabyte is neither one reply nor in the way of what else is asked for. */
import { defer, EMPTY, expand, ignoreElements, concat, map, of, switchMap, tap, throwError, type Observable } from 'rxjs';
import { pointCount } from '../model/chunk-data.js';
import { blissdataError } from '../model/errors.js';
import type { ChunkData, StreamType } from '../model/stream-type.js';
import { lostItsSeal } from '../reading/known-length.js';
import type { Block, EntriesAt, Head } from '../ports/streams.js';
import { entryCopy } from '../wire/encoding/block-entries.js';
import type { ReadableStream } from './readable-stream.js';
import { hasReached, headOf, holds, lookAgain, whereOf } from './second-look.js';

/** Entries between two wanted points are asked for as well, as long as they take no more than this: a round trip costs more. */
const passedOver = 64 << 10;

/** How many entries are asked for at first where nobody knows how big they are, or only how big others were; how much that grows, and how many there are at the most. */
const firstEntries = 16;
const likelyEntries = 128;
const growth = 8;
const mostEntries = 16_384;

/** How many bytes the entries of streams took on average, of those streams whose encoding does not say. */
const entryBytes = new WeakMap<object, number>();

export class Slicing<T extends StreamType> {
  private readonly parts: ChunkData<T>[] = [];
  private readonly start: number;
  private readonly step: number;
  /** Where to stop at the latest, and where the stream ends if that is before. */
  private readonly wantedStop: number;
  private stop: number;
  /** The point that is wanted next. */
  private next: number;
  /** Where the next entry must begin, if those before were read. */
  private end: number | undefined;
  private done = false;
  /** Whether the stop lies within the stream as it was at some moment: otherwise a slice would follow its publisher. */
  private isBounded = false;
  /** How many entries the last piece was made of. */
  private entries = 0;
  /** Whether an entry was found to hold several of the wanted points. */
  private isDense = false;
  private looked = false;

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
   * Emits once. `IndexNoMoreThere` where a point has been trimmed off, be it since the piece before was read, `StreamOverlap`, and
   * `StreamRewound` or `StreamDeleted` where the stream has come to hold less.
   */
  read(): Observable<ChunkData<T>> {
    return defer(() => this.begin()).pipe(
      // Mostly one piece is all there is.
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

  /** Looks where the stream ends at present, and stops there. */
  private bound(): Observable<void> {
    return headOf(this.stream).pipe(
      switchMap((head) => {
        const length = head?.length ?? 0;
        this.isBounded = true;
        const { end, start } = this;
        if (end !== undefined && !lostItsSeal(head)) {
          const { key, name } = this.stream.source;
          if (head?.exists !== true) throw blissdataError('StreamDeleted', { key, stream: name });
          if (length < end) throw blissdataError('StreamRewound', { key, stream: name, expected: end, found: length });
        }
        this.stop = lostItsSeal(head) ? this.wantedStop : Math.min(this.wantedStop, length);
        this.done = this.next >= this.stop;
        return start < this.stop ? of(undefined) : this.beyond(start, head);
      }),
    );
  }

  /** What lies behind the end is nothing, unless it has come since, or another writer's entries hide it. */
  private beyond(index: number, head: Head | undefined): Observable<void> {
    return lookAgain(this.stream, index, head).pipe(
      map(({ there }) => {
        if (!there) return;
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

  /** About how many bytes one point takes, if that is known; for what is not of one size it is that of an entry. */
  private get pointBytes(): number | undefined {
    const { codec, source } = this.stream;
    const { encoding } = codec;
    return encoding._tag === 'numeric' && !encoding.ragged ? Math.max(source.entryBytes, 1) : entryBytes.get(this.stream);
  }

  /** Whether the wanted points are asked for one by one: what lies between them is too much. */
  private get skips(): boolean {
    return !this.isDense && this.step > 1 && (this.pointBytes ?? 0) * (this.step - 1) > passedOver;
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
        // Unless an entry starts right at the beginning, the one before may reach into it.
        if (this.end !== undefined || block.firsts[0] === min) return this.take(block, max, count);
        return core.database.range(source, { max: min, count: 1, reverse: true }).pipe(
          switchMap((before) => {
            if (!holds(before, 0, min)) return this.lookForStart(min);
            // What comes at once begins where the range does, and is read with it.
            if (before.firsts[0] === min) return of(undefined);
            this.add(before);
            return this.take(block, max, count);
          }),
        );
      }),
    );
  }

  /** The entry that holds the next point is not there: it may have come since, or never was, or is no more. */
  private lookForStart(index: number): Observable<void> {
    return lookAgain(this.stream, index).pipe(
      map(({ there, length, sealLost }) => {
        if (!there && index >= length && !sealLost) this.done = true;
        else if (!there || this.looked) throw blissdataError('IndexNoMoreThere', { ...whereOf(this.stream), index });
        this.looked = true;
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
    // The stream ended within what was asked for, at that very moment.
    else if (isWhole && found > 0 && end <= max) this.done = true;
    else if (isWhole && found === 0) return this.requireEnd(end);
    return of(undefined);
  }

  /** Nothing came after what was read: that is the end of the stream, or the rest was trimmed off meanwhile. */
  private requireEnd(end: number): Observable<void> {
    if (!this.isBounded) return this.bound();
    throw blissdataError('IndexNoMoreThere', { ...whereOf(this.stream), index: end });
  }

  /** Takes the wanted points out of entries that follow each other. */
  private add(block: Block): void {
    const { firsts, lens, bytes } = block;
    if (firsts.length === 0) return;
    this.requireOrder(block);
    if (bytes.length > 0) entryBytes.set(this.stream, bytes.length / firsts.length);
    this.pick(block, firsts[0] ?? 0, this.end ?? (firsts.at(-1) ?? 0) + (lens.at(-1) ?? 1));
  }

  private pick(block: Block, first: number, end: number): void {
    const { core, codec } = this.stream;
    const { data, bad } = codec.decode(block, whereOf(this.stream));
    if (bad !== null) throw bad;
    // JSON values have nothing of the memory they were parsed from.
    if (codec.encoding._tag === 'json') core.database.recycle(block);
    if (this.next >= end) return;
    const part = codec.slice(data, this.next - first, this.stop - first, this.step);
    this.parts.push(part);
    this.next += pointCount(part) * this.step;
  }

  /** Positions in a slice are counted: a hole, or an entry that starts inside the one before, would shift all that follow. */
  private requireOrder({ firsts, lens }: Block): void {
    const where = whereOf(this.stream);
    for (let k = 0; k < firsts.length; k++) {
      const found = firsts[k] ?? 0;
      const { end: expected } = this;
      // What is no number of points is for the decoder to complain of.
      if (expected !== undefined && found < expected) throw blissdataError('StreamOverlap', { ...where, expected, found });
      if (expected !== undefined && found > expected) throw blissdataError('IndexNoMoreThere', { ...where, index: expected });
      this.end = found + (lens[k] ?? 1);
    }
  }

  /** The entries of the next wanted points alone. */
  private readWanted(): Observable<void> {
    const { core, source } = this.stream;
    const { pointBytes = 1, next, stop, step, entries } = this;
    this.end = undefined;
    // At first one, for it may be a batch that holds several of them.
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
      // One that is left out is missing, and so is whatever comes after it.
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
    return lookAgain(this.stream, index).pipe(switchMap(() => throwError(() => blissdataError('IndexNoMoreThere', { ...whereOf(this.stream), index }))));
  }
}
