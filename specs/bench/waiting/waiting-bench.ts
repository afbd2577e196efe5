/** What the measurements of the waiting side are given. */
import type { Redis } from 'ioredis';
import type { Bench } from '../bench.js';

export interface WaitingBench extends Bench {
  /** For questions to the server about itself. */
  readonly redis: Redis;
}
