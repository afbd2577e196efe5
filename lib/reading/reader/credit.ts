/** How far a reader may run ahead of its consumer. */
import { blissdataError } from '../../model/errors.js';

/**
 * What is read before the consumer has asked for it; the rest of the backlog stays in Redis. A reader that has used up its credit
 * asks for more once half of it is free again. It never has more than one request under way.
 */
export interface Credit {
  /** How many bytes may be held ahead; 8 MiB by default. One entry is read however big it is. */
  readonly bytes?: number;
  /** How many chunks may be held ahead; 4 by default, 0 to read nothing before it is asked for. */
  readonly chunks?: number;
}

const defaultCredit: Required<Credit> = { bytes: 8 << 20, chunks: 4 };

/** @throws InvalidArgument for a credit that is none. */
export function requireCredit({ bytes = defaultCredit.bytes, chunks = defaultCredit.chunks }: Credit): Required<Credit> {
  if (!(bytes >= 1)) throw blissdataError('InvalidArgument', { argument: 'credit.bytes', expected: 'at least 1', received: String(bytes) });
  if (!(chunks >= 0)) throw blissdataError('InvalidArgument', { argument: 'credit.chunks', expected: 'at least 0', received: String(chunks) });
  return { bytes, chunks };
}
