/** Whether a database answers. */
import type { BlissdataError } from '../model/errors.js';

/**
 * How requests to the server fare, over all connections together, to be shown to users.
 *
 * - `idle`: nothing has been requested yet, and there is no connection.
 * - `connecting`: a connection is being opened, and nothing was answered since the last failure.
 * - `ready`: the last request was answered, even if by a refusal. It stays so when the server closes an idle connection, for the next
 *   request opens another; the next request or wait notices a server that went away.
 * - `failed`: the last request got no answer, or the database is not one of blissdata (`NotInitialized`, `ProtocolVersionMismatch`); `error`
 *   says why. The next answer over any connection ends it.
 * - `retrying`: a request waits for a server that is away, cannot answer now, or is out of memory.
 * - `closed`: by the user; the last status.
 */
export type Status =
  | { readonly _tag: 'idle' }
  | { readonly _tag: 'connecting' }
  | { readonly _tag: 'ready' }
  | { readonly _tag: 'failed'; readonly error: BlissdataError }
  /** After `delay` ms comes attempt number `attempt` since the first failure. */
  | { readonly _tag: 'retrying'; readonly error: BlissdataError; readonly attempt: number; readonly delay: number }
  | { readonly _tag: 'closed' };
