/** The pipeable operators, published as `blissdata-rx/operators`. */
export { bufferPoints } from './buffer-points.js';
export { downsample, type Curve, type DownsampleOptions, type RealDtype } from './downsample.js';
export { lag, type Lag } from './lag.js';
export { latestTogether, type LatestOf, type LatestSource } from './latest-together.js';
export { publishTo, type Publisher, type PublishOptions } from './publish-to.js';
export { rate, type Rate, type RateOptions } from './rate.js';
export { readTogether, type Arrival, type ArrivalOf, type Streams } from './read-together.js';
export { retryBackoff, type RetryBackoffOptions } from './retry-backoff.js';
export { untilState } from './until-state.js';
export { zipByIndex, type Row, type RowSource, type RowValue, type ZipOptions } from './zip-by-index.js';
export type { Indexed, Item } from './items.js';
