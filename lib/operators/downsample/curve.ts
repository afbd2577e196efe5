/** The points that are kept of a stream to draw it, and the interface of the methods that choose them. */

/** Points of a curve, in order: `x` are indices in the stream, `y` values as float64. NaN is a gap in the line. */
export interface Curve {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** The number of points trimmed before these. */
  readonly expired: number;
}

/** Collects the chosen points. */
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

  /** The points added since the last call, if there are any. */
  *take(): Generator<Curve> {
    if (this.x.length > 0) yield this.cut();
  }

  /** The same at the end, where trimmed points are reported even if no point follows them. */
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

/** Chooses among consecutive points; `finish` separates runs. */
export interface Reducer {
  /** The next point. */
  add(x: number, y: number): void;
  /** The run has ended: chooses among the points held back. */
  finish(): void;
}
