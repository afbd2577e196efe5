/** Lets disasters happen, at random, for a while. */
import type { Random } from '../../redis/random.js';
import type { Disaster } from './disasters.js';
import { pause } from './pause.js';
import type { Scene } from './scene.js';

/** A disaster that happened, in ms. */
export interface Struck {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** How long it is quiet between the beginnings of two disasters, in ms: 0.8 s on average. */
const quiet = (random: Random): number => 100 + random.upTo(1400);

/**
 * Disasters begin whether others have come to their end or not; those of the server, of which there is one at a time, give way to
 * those of connections. Resolves when the last one is over.
 */
export async function chaos(scene: Scene, random: Random, ms: number, ofConnections: readonly Disaster[], ofServer: readonly Disaster[] = []): Promise<readonly Struck[]> {
  const struck: Struck[] = [];
  const under: Promise<void>[] = [];
  let serverBusy = false;
  const strike = async (disaster: Disaster): Promise<void> => {
    const from = performance.now();
    await disaster.strike(scene, random);
    struck.push({ name: disaster.name, from, to: performance.now() });
  };
  const end = performance.now() + ms;
  for (;;) {
    await pause(quiet(random));
    if (performance.now() > end) break;
    const disaster = random.of([...ofConnections, ...ofServer]);
    if (!ofServer.includes(disaster)) under.push(strike(disaster));
    else if (serverBusy) under.push(strike(random.of(ofConnections)));
    else {
      serverBusy = true;
      under.push(
        strike(disaster).finally(() => {
          serverBusy = false;
        }),
      );
    }
  }
  await Promise.all(under);
  return struck;
}
