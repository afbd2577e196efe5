/** The JSON of an answer, written once for all who get the same one. */

const texts = new WeakMap<object, string>();

/** The JSON text of a plain value; remembered as long as the value lives, which must not change any more. */
export function jsonText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  texts.set(value, text);
  return text;
}
