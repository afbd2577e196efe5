/** How the processes of a measurement keep a pace. */
import { setTimeout } from 'node:timers/promises';

/** Calls `send(i)` `perSecond` times a second for some seconds: whatever is due each time the timer fires, which it does every `everyMs` or so. */
export async function paced(perSecond: number, seconds: number, send: (index: number) => unknown, everyMs = 1): Promise<number> {
  const total = Math.round(perSecond * seconds);
  const start = performance.now();
  for (let sent = 0; sent < total; await setTimeout(everyMs)) {
    const due = Math.min(total, 1 + Math.floor(((performance.now() - start) / 1000) * perSecond));
    while (sent < due) await send(sent++);
  }
  return total;
}
