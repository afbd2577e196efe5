/** Tells apart what happens at once, without input or output in between, from what happens later. */

/** Calls `work` once the event loop has turned: no wait, but the end of what follows from the bytes that have arrived. */
export function afterTurn(work: () => void): void {
  setImmediate(work);
}
