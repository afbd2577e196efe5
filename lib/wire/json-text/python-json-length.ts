/** The length of a JSON value as Python writes it: blissdata limits a scan's `info` by it, so both languages must agree. */
import * as E from 'fp-ts/lib/Either.js';
import type { Json } from '../../model/json.js';
import { writeJson } from './write-json.js';

/**
 * The number of characters of `json.dumps(json.loads(text))` in Python, for the text that {@link writeJson} writes: ASCII escapes,
 * `, ` and `: ` as separators, Python's form of floats. NaN counts as `null`. A value that cannot be written is infinitely long.
 *
 * @example
 * pythonJsonLength({ name: 'é', x: 1e16 }); // 30: {"name": "\u00e9", "x": 1e+16}
 */
export function pythonJsonLength(value: Json): number {
  const text = writeJson(value, 'null');
  return E.isLeft(text) ? Infinity : pythonJsonTextLength(text.right);
}

const numberToken = /-?\d[\d.eE+-]*/y;

/** The same for a text from `writeJson`. */
export function pythonJsonTextLength(json: string): number {
  let length = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const character = json.charAt(i);
    if (character === '"') inString = !inString;
    if (inString) {
      if (character === '\\') i += 1; // an escape is as long in Python; the escaped character may be a quote
      length += character === '\\' ? 2 : character <= '~' ? 1 : 6;
    } else if (character === '-' || (character >= '0' && character <= '9')) {
      numberToken.lastIndex = i;
      const [text = ''] = numberToken.exec(json) ?? [];
      length += numberLength(text);
      i += text.length - 1;
    } else {
      length += character === ',' || character === ':' ? 2 : 1;
    }
  }
  return length;
}

const numberLength = (text: string): number => (/[.e]/.test(text) ? floatLength(Number(text)) : text.length);

/** Python and JavaScript agree on the digits of a float, but Python uses an exponent below 1e-4 and from 1e16. */
function floatLength(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 1 : 0;
  const [mantissa = '', power = '0'] = Math.abs(value).toExponential().split('e');
  const exponent = Number(power);
  const digits = mantissa.replace('.', '').length;
  if (exponent < -4 || exponent >= 16) return sign + mantissa.length + 'e+'.length + Math.max(2, String(Math.abs(exponent)).length);
  if (exponent < 0) return sign + '0.'.length + (-exponent - 1) + digits;
  const fraction = Math.max(1, digits - 1 - exponent); // at least the zero in 1.0
  return sign + exponent + 1 + '.'.length + fraction;
}
