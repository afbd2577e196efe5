/** Where arriving bytes are read to: those of a large payload to their place in the block, so that nothing copies them any more. */
import type { Arrivals } from '../connection/lending-socket.js';
import type { ReplyParser } from './reply-parser.js';

/** What is left of a payload must be this large, since it takes a read of its own. */
const leastPlaced = 64 << 10;

/** How much is read at once from between two large payloads: more would be the next one's, which is not in its place then. */
const betweenPayloads = 512;

export class ArrivingBytes implements Arrivals {
  /** What the next bytes are read to, if that is their place. */
  private place: Uint8Array | undefined;
  /** Whether the last payload was read to its place, and so will be the next, most likely. */
  private isBetween = false;

  constructor(
    private readonly parser: ReplyParser,
    private readonly least = leastPlaced,
    private readonly between = betweenPayloads,
  ) {}

  take(bytes: Uint8Array): void {
    if (this.place !== undefined) this.parser.placed(bytes.length);
    else {
      this.parser.push(bytes);
      this.isBetween &&= bytes.length < this.between;
    }
  }

  /** A part of `lent`, unless the next bytes belong elsewhere. */
  destination(lent: Uint8Array): Uint8Array {
    const { place } = this.parser;
    this.place = place !== undefined && place.length >= (this.isBetween ? this.between : this.least) ? place : undefined;
    if (this.place !== undefined) {
      this.isBetween = true;
      return this.place;
    }
    return this.isBetween ? lent.subarray(0, this.between) : lent;
  }
}
