/** Validates counts at the call of an operator, not at a later subscription. */
import { blissdataError } from '../model/errors.js';

/** @throws InvalidArgument unless it is an integer of at least `least`. */
export function requireCount(argument: string, value: number, least = 1): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw blissdataError('InvalidArgument', { argument, expected: `an integer of at least ${least}`, received: String(value) });
}
