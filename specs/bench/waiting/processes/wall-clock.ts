/**
 * The wall clock that all processes of a measurement share, with fractions of a millisecond. `performance.timeOrigin` is taken when a process
 * starts, by two looks at two clocks: on a busy machine it is wrong by as much as passed between them.
 */

/** How exact the difference between the two clocks shall be known, and for how long that may be tried, in milliseconds. */
const exactness = 0.02;
const longest = 50;

/** `Date.now()` shows whole milliseconds: each look at it says between which two values the difference is, best just after it has moved. */
function difference(): number {
  let [least, most] = [-Infinity, Infinity];
  const end = performance.now() + longest;
  for (let before = performance.now(); before < end && most - least > exactness; before = performance.now()) {
    const now = Date.now();
    least = Math.max(least, now - performance.now());
    most = Math.min(most, now + 1 - before);
  }
  return (least + most) / 2;
}

const offset = difference();

/** Milliseconds since 1970. */
export const epochMs = (): number => offset + performance.now();
