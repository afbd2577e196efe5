/** The points by which one source of `zipByIndex` is ahead of the others, in the pieces in which they arrived. */
import { pointOf } from '../../model/chunk-data.js';
import type { StreamType } from '../../model/stream-type.js';
import { endOf, isChunk, startOf, type Item } from '../point-or-chunk.js';

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly item: Item;
  next: Piece | undefined;
}

export class PointQueue {
  /** The index after the last point received or reported as trimmed. */
  end = 0;
  /** The number of points and of pieces held. */
  points = 0;
  pieces = 0;
  /** Points before this index have been dropped. */
  private from = 0;
  private first: Piece | undefined;
  private last: Piece | undefined;

  /** The lowest index whose point is held or may still arrive. */
  get front(): number {
    return Math.max(this.first === undefined ? this.end : this.first.start, this.from);
  }

  add(item: Item): void {
    const start = startOf(item);
    this.end = endOf(item);
    if (this.end <= Math.max(start, this.from)) return;
    const piece = { start, end: this.end, item, next: undefined };
    if (this.last === undefined) this.first = piece;
    else this.last.next = piece;
    this.last = piece;
    this.points += piece.end - Math.max(start, this.from);
    this.pieces++;
  }

  dropBefore(index: number): void {
    for (let piece = this.first; piece !== undefined && this.from < index; piece = this.first) {
      const dropped = Math.min(piece.end, index) - Math.max(piece.start, this.from);
      this.points -= Math.max(dropped, 0);
      if (piece.end > index) break;
      this.first = piece.next;
      // A piece that has outlived a few collections would make all after it outlive theirs.
      piece.next = undefined;
      this.pieces--;
    }
    if (this.first === undefined) this.last = undefined;
    this.from = Math.max(this.from, index);
  }

  /** The value at {@link front}, which must be held. */
  frontValue(): unknown {
    const { first } = this;
    if (first === undefined) return undefined;
    return isChunk(first.item) ? pointOf<StreamType>(first.item.data, this.front - first.start) : first.item.value;
  }
}
