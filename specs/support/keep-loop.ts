/** Work that keeps the event loop: nothing else happens meanwhile, and no timer can tell how long it lasts. */
export function keepLoop(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
