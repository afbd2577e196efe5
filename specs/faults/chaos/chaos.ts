/** Injects random disasters for a while. */
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

/** How long it is quiet between the beginnings of two disasters, in ms: with the time that it is calm in between, 0.8 s on average. */
const quiet = (random: Random): number => 50 + random.upTo(1300);

/** After so many disasters all followers have to go on before the next, so that no disaster repairs what another one did. */
const untilCalm = 8;

export interface ChaosOptions {
  readonly ms: number;
  /** Of connections: any number at once. */
  readonly ofConnections: readonly Disaster[];
  /** Of the server: one at a time, the others give way to some of connections. */
  readonly ofServer?: readonly Disaster[];
  /** Resolves when all go on, after what happened. */
  readonly calm?: (after: string) => Promise<void>;
}

/** Disasters begin whether others have come to their end or not. Resolves when the last one is over. */
export async function chaos(scene: Scene, random: Random, { ms, ofConnections, ofServer = [], calm = () => Promise.resolve() }: ChaosOptions): Promise<readonly Struck[]> {
  const struck: Struck[] = [];
  let under: Promise<void>[] = [];
  let serverBusy = false;
  const strike = async (disaster: Disaster): Promise<void> => {
    const from = performance.now();
    await disaster.strike(scene, random);
    struck.push({ name: disaster.name, from, to: performance.now() });
  };
  const strikeServer = async (disaster: Disaster): Promise<void> => {
    if (serverBusy) return strike(random.of(ofConnections));
    serverBusy = true;
    try {
      await strike(disaster);
    } finally {
      serverBusy = false;
    }
  };
  const end = performance.now() + ms;
  for (;;) {
    await pause(quiet(random));
    if (performance.now() > end) break;
    const disaster = random.of([...ofConnections, ...ofServer]);
    under.push(ofServer.includes(disaster) ? strikeServer(disaster) : strike(disaster));
    if (under.length < untilCalm) continue;
    await Promise.all(under);
    under = [];
    await calm(struck.slice(-untilCalm).map(({ name }) => name).join('; '));
  }
  await Promise.all(under);
  return struck;
}
