/** Whether RedisJSON would take a text as a document: it refuses more than JSON.parse does. */
import { blissdataError } from '../model/errors.js';

/** RedisJSON's recursion limit: so many arrays and objects inside one another are too many. */
const tooDeep = 128;

/** The text, unless RedisJSON would refuse it: then throws the `ServerError` that its refusal becomes. */
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
  if (depth + 1 >= tooDeep) return 'recursion limit exceeded';
  for (const [name, member] of Object.entries(value)) {
    const problem = problemIn(name, depth) ?? problemIn(member, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
