/** Checks integers at the call that takes them, not later when they are used. */
import { blissdataError } from './errors.js';

const isFrom = (least: number, value: number): boolean => Number.isSafeInteger(value) && value >= least;

/** @throws InvalidArgument unless it is an integer. */
export function requireInteger(argument: string, value: number): void {
  if (!Number.isSafeInteger(value)) throw blissdataError('InvalidArgument', { argument, expected: 'an integer', received: String(value) });
}

/** @throws InvalidArgument unless it is the index of a point. */
export function requireIndex(argument: string, value: number): void {
  if (!isFrom(0, value)) throw blissdataError('InvalidArgument', { argument, expected: 'an integer from 0', received: String(value) });
}

/** @throws InvalidArgument unless it is an integer of at least `least`. */
export function requireCount(argument: string, value: number, least = 1): void {
  if (!isFrom(least, value)) throw blissdataError('InvalidArgument', { argument, expected: `an integer of at least ${least}`, received: String(value) });
}
