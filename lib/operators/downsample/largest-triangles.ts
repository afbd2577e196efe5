/** Keeps of each bucket the point that shapes the line most: Largest-Triangle-Three-Buckets, incrementally. */
import type { CurveBuilder, Reducer } from './curve.js';

/**
 * The method of S. Steinarsson, "Downsampling Time Series for Visual Representation", MSc thesis, University of Iceland, 2013
 * (hdl.handle.net/1946/15343): the first and the last point are kept, the others are divided into buckets, and of each bucket that point
 * is kept which spans the largest triangle with the one kept before and the average of the next bucket (the last point after the last).
 *
 * The thesis divides a series of known length into as many buckets as it keeps points. Here buckets have a fixed size (the last one may
 * be smaller), so that a point can be chosen as soon as the next bucket is full. NaN is ignored in triangles and averages; a bucket of
 * nothing else becomes one NaN.
 */
export class LargestTriangles implements Reducer {
  /** The bucket to choose from, and the one after it, which is being filled. */
  private present: Bucket;
  private next: Bucket;
  private keptX = NaN;
  private keptY = NaN;
  /** The newest point: it may be the last one, which belongs to no bucket. */
  private newestX = 0;
  private newestY = 0;
  private count = 0;

  constructor(
    bucket: number,
    private readonly chosen: CurveBuilder,
  ) {
    this.present = new Bucket(bucket);
    this.next = new Bucket(bucket);
  }

  add(x: number, y: number): void {
    if (this.count === 0) this.keep(x, y);
    if (this.count > 1) this.put(this.newestX, this.newestY);
    this.newestX = x;
    this.newestY = y;
    this.count++;
  }

  finish(): void {
    const { newestX, newestY } = this;
    if (this.next.count > 0) this.choose(this.next.averageX, this.next.averageY);
    this.choose(newestX, newestY);
    if (this.count > 1) this.keep(newestX, newestY);
    this.keptX = this.keptY = NaN;
    this.count = 0;
  }

  private put(x: number, y: number): void {
    if (!this.present.isFull) {
      this.present.add(x, y);
      return;
    }
    this.next.add(x, y);
    if (this.next.isFull) this.choose(this.next.averageX, this.next.averageY);
  }

  /** Chooses from the present bucket, and makes the next one the present. */
  private choose(towardsX: number, towardsY: number): void {
    const { present } = this;
    if (present.count > 0) {
      const best = present.largestTriangle(this.keptX, this.keptY, towardsX, towardsY);
      this.keep(present.firstX + best, present.y[best] ?? NaN);
    }
    present.clear();
    this.present = this.next;
    this.next = present;
  }

  private keep(x: number, y: number): void {
    this.chosen.add(x, y);
    if (Number.isNaN(y)) return;
    this.keptX = x;
    this.keptY = y;
  }
}

/** Consecutive points, of which those that are not NaN are averaged. */
class Bucket {
  readonly y: Float64Array;
  count = 0;
  firstX = 0;
  private numbers = 0;
  private sumX = 0;
  private sumY = 0;

  constructor(size: number) {
    this.y = new Float64Array(size);
  }

  get isFull(): boolean {
    return this.count === this.y.length;
  }

  get averageX(): number {
    return this.sumX / this.numbers;
  }

  get averageY(): number {
    return this.sumY / this.numbers;
  }

  add(x: number, y: number): void {
    if (this.count === 0) this.firstX = x;
    this.y[this.count++] = y;
    if (Number.isNaN(y)) return;
    this.numbers++;
    this.sumX += x;
    this.sumY += y;
  }

  clear(): void {
    this.count = this.numbers = this.sumX = this.sumY = 0;
  }

  /** The position of the point that spans the largest triangle with two others; without a triangle (NaN) the first that is a number. */
  largestTriangle(ax: number, ay: number, bx: number, by: number): number {
    let best = -1;
    let largest = -1;
    for (let i = 0; i < this.count; i++) {
      const y = this.y[i] ?? NaN;
      if (Number.isNaN(y)) continue;
      // Twice the area, from the cross product of two of its sides.
      const area = Math.abs((ax - bx) * (y - ay) - (ax - this.firstX - i) * (by - ay));
      if (best < 0 || area > largest) {
        best = i;
        largest = area;
      }
    }
    return Math.max(best, 0);
  }
}
