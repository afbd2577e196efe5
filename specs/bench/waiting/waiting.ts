/** The measurements of the waiting side: how late a point comes, and what it costs to wait for it. */
import type { WaitingBench } from '../bench.js';
import type { Comparison } from './figures.js';
import { backPressure } from './back-pressure.js';
import { fairness } from './fairness.js';
import { liveLatency } from './live-latency.js';
import { manyCounters } from './many-counters.js';
import { manyStreams } from './many-streams.js';
import { subscribers } from './subscribers.js';

export const comparisons = (bench: WaitingBench): readonly Comparison[] =>
  [liveLatency(bench), ...bench.sizes.streams.map((streams) => manyStreams(bench, streams)), ...bench.sizes.counters.map((counters) => manyCounters(bench, counters)), fairness(bench), backPressure(bench), subscribers(bench)].filter(({ title }) => title.includes(bench.sizes.only));
