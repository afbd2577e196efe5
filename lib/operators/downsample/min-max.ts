/** Keeps the minimum and the maximum of each bucket of points, so that no peak is lost. */
import type { CurveBuilder, Reducer } from './curve.js';

export class MinMax implements Reducer {
  private count = 0;
  /** The first point of the bucket, until one is found that is not NaN. */
  private minAt = 0;
  private min = NaN;
  private maxAt = 0;
  private max = NaN;

  constructor(
    private readonly bucket: number,
    private readonly chosen: CurveBuilder,
  ) {}

  add(x: number, y: number): void {
    // The negations let any number take the place of NaN.
    if (this.count === 0 || !(y >= this.min || Number.isNaN(y))) {
      this.min = y;
      this.minAt = x;
    }
    if (this.count === 0 || !(y <= this.max || Number.isNaN(y))) {
      this.max = y;
      this.maxAt = x;
    }
    this.count++;
    if (this.count === this.bucket) this.finish();
  }

  finish(): void {
    if (this.count === 0) return;
    if (this.minAt < this.maxAt) this.chosen.add(this.minAt, this.min);
    this.chosen.add(this.maxAt, this.max);
    if (this.maxAt < this.minAt) this.chosen.add(this.minAt, this.min);
    this.count = 0;
  }
}
