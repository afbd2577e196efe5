/** Paths of numbered files, in Lima's notation: `/data/lima_%04d.h5`. */
import * as O from 'fp-ts/lib/Option.js';

const conversion = /%([-+ 0#]*)(\d*)(?:\.(\d+))?([diu%])/g;

/** The longest name of a file. A template with more digits than that would only take memory. */
const MOST_DIGITS = 255;

/** The path of a file, by Python's rules for `%` and one integer; none for a template that does not take exactly one, or with too many digits. */
export function filePath(template: string, number: number): O.Option<string> {
  if (!Number.isSafeInteger(number) || [...template.matchAll(conversion)].some(([, , width, precision]) => Math.max(Number(width), Number(precision ?? 0)) > MOST_DIGITS)) return O.none;
  let integers = 0;
  const path = template.replace(conversion, (whole, flags: string, width: string, precision: string | undefined, type: string) => {
    if (type === '%') return whole === '%%' ? '%' : whole;
    integers++;
    return formatted(number, flags, Number(width), Number(precision ?? 0));
  });
  const unknown = template.replace(conversion, '').includes('%');
  return integers === 1 && !unknown ? O.some(path) : O.none;
}

function formatted(number: number, flags: string, width: number, precision: number): string {
  const sign = number < 0 ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const digits = String(Math.abs(number)).padStart(precision, '0');
  if (flags.includes('-')) return (sign + digits).padEnd(width);
  return flags.includes('0') ? sign + digits.padStart(width - sign.length, '0') : (sign + digits).padStart(width);
}
