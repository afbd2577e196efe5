/** `blissdata-rx/operators`: the pipeable operators. */
export { bufferPoints } from './operators/buffer-points.js';
export { downsample, type Curve, type DownsampleOptions, type RealDtype } from './operators/downsample.js';
export { lag, type Lag } from './operators/lag.js';
export { latestTogether, type LatestOf, type LatestSource } from './operators/latest-together.js';
export { publishTo, type Publisher, type PublishOptions } from './operators/publish-to.js';
export { rate, type Rate, type RateOptions } from './operators/rate.js';
export { readTogether, type Arrival, type ArrivalOf, type Streams } from './operators/read-together.js';
export { retryBackoff, type RetryBackoffOptions } from './operators/retry-backoff.js';
export { untilState } from './operators/until-state.js';
export { zipByIndex, type Row, type RowSource, type RowValue, type ZipOptions } from './operators/zip-by-index.js';
export type { Indexed, Item } from './operators/point-or-chunk.js';
