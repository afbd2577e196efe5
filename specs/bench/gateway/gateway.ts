/** The measurements of the gateway: what it costs, how late points come through it, and what slow and stalled clients do to it. */
import type { WaitingBench } from '../bench.js';
import type { Comparison } from '../waiting/figures.js';
import { catchUpsInChromium } from './catch-up-in-chromium.js';
import { manyClients, manyClientsTitle } from './many-clients.js';
import { neverReading } from './never-reading.js';
import { stalledTab } from './stalled-tab.js';
import { installTiled } from './tiled.js';
import { toChromium } from './to-chromium.js';

export async function gatewayComparisons(bench: WaitingBench): Promise<readonly Comparison[]> {
  const isWanted = (title: string): boolean => title.includes(bench.sizes.only);
  const tiled = bench.sizes.tiled && isWanted(manyClientsTitle(bench.sizes)) ? await installTiled() : undefined;
  return [manyClients(bench, tiled), neverReading(bench), toChromium(bench), ...catchUpsInChromium(bench), stalledTab(bench)].filter(({ title }) => isWanted(title));
}
