/** How a writer is getting on. */
import type { BlissdataError } from '../model/errors.js';
import type { Retrying } from '../retry/backoff.js';

/**
 * - `writing`: all is well, be there something to write or not.
 * - `retrying`: the server is away, or has no memory left; points wait. `attempt` will be made in `delay` ms.
 * - `failed`: what was not acknowledged by then is not written, nor is anything that comes later.
 * - `sealed`: this writer has ended the stream.
 */
export type WriterStatus =
  | { readonly _tag: 'writing' }
  | ({ readonly _tag: 'retrying' } & Retrying)
  | { readonly _tag: 'failed'; readonly error: BlissdataError }
  | { readonly _tag: 'sealed' };
