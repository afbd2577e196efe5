/** What is left of a stream's points to draw it, and how points are chosen for that. */

/** Points of a curve, in order: `x` are indices in the stream, `y` values as float64. NaN is a gap in the line. */
export interface Curve {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** How many points were trimmed off before these. */
  readonly expired: number;
}

/** Where the chosen points are put. */
export class CurveBuilder {
  private x: number[] = [];
  private y: number[] = [];
  private expired = 0;

  add(x: number, y: number): void {
    this.x.push(x);
    this.y.push(y);
  }

  addExpired(count: number): void {
    this.expired += count;
  }

  /** The points that were added since the last time, if there are any. */
  *take(): Generator<Curve> {
    if (this.x.length > 0) yield this.cut();
  }

  /** The same at the end, where trimmed points are reported even if nothing comes after them. */
  *rest(): Generator<Curve> {
    if (this.x.length > 0 || this.expired > 0) yield this.cut();
  }

  private cut(): Curve {
    const curve = { x: Float64Array.from(this.x), y: Float64Array.from(this.y), expired: this.expired };
    this.x = [];
    this.y = [];
    this.expired = 0;
    return curve;
  }
}

/** Chooses among consecutive points; a new one begins after a gap. */
export interface Reducer {
  /** Takes the next point. */
  add(x: number, y: number): void;
  /** There are no more: chooses among those that wait. */
  finish(): void;
}
