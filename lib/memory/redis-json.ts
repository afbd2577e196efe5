/** Validates documents as RedisJSON does, which refuses more than JSON.parse. */
import { blissdataError } from '../model/errors.js';

/** RedisJSON's limit on nested arrays and objects. */
const nestingLimit = 128;

/** Returns the text, or throws the `ServerError` with which RedisJSON would refuse it. */
export function checkedJson(text: string): string {
  const problem = problemOf(text);
  if (problem !== undefined) throw blissdataError('ServerError', { command: 'JSON.SET', code: 'ERR', reply: `ERR ${problem}` });
  return text;
}

function problemOf(text: string): string | undefined {
  try {
    const document: unknown = JSON.parse(text);
    return problemIn(document, 0);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function problemIn(value: unknown, depth: number): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'number out of range';
  if (typeof value === 'string') return value.isWellFormed() ? undefined : 'lone surrogate in hex escape';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth + 1 >= nestingLimit) return 'recursion limit exceeded';
  for (const [name, member] of Object.entries(value)) {
    const problem = problemIn(name, depth) ?? problemIn(member, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
