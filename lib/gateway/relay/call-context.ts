/** What all requests that are answered by JSON are answered with. */
import type { Database } from '../../ports/database.js';
import type { Key } from '../../ports/keys.js';
import type { SameTick } from '../../reading/same-tick.js';
import type { AnswersFromMemory } from './answers-from-memory.js';
import type { Rights } from './rights.js';
import type { StateLogs } from './state-logs.js';
import type { Visibility } from './visibility.js';

/** Who asks. */
export interface Caller {
  readonly rights: Rights;
  /** The caller is to be woken when one of these keys changes from now on. */
  arm(keys: readonly Key[]): void;
}

export interface CallContext {
  /** Without retries: a client repeats what failed by itself. */
  readonly database: Database;
  readonly visibility: Visibility;
  readonly kept: AnswersFromMemory;
  readonly stateLogs: StateLogs;
  readonly sameTick: SameTick;
}
