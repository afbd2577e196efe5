/** A gateway in a process of its own. */
import * as t from 'io-ts';
import { socketPath } from '../../../lib/gateway/protocol/version.js';
import { Child } from '../waiting/child.js';

/** Where the scripts of these measurements are. */
export const processes = new URL('processes/', import.meta.url);

const Cost = t.type({ seconds: t.number, cpuSeconds: t.number, rss: t.number, heap: t.number, laterRss: t.number, held: t.number });
export type Cost = t.TypeOf<typeof Cost>;

export class Serving {
  private constructor(
    private readonly child: Child,
    /** For `DataStore.connect`. */
    readonly url: string,
  ) {}

  /** Starts one in front of a server; pages of that origin may connect. */
  static async start(redisUrl: string, origin = ''): Promise<Serving> {
    const child = Child.startIn(processes, 'serve', redisUrl, origin);
    return new Serving(child, (await child.ask('url', t.string)).replace(/^http/, 'ws'));
  }

  /** For clients that speak the protocol themselves. */
  get socketUrl(): string {
    return `${this.url}${socketPath}`;
  }

  /** From here on costs count. */
  async watch(): Promise<void> {
    await this.child.ask('start', t.unknown);
  }

  async cost(): Promise<Cost> {
    return await this.child.ask('stop', Cost);
  }

  /** How many requests of this name it has answered so far. */
  async answered(call: string): Promise<number> {
    return await this.child.ask('answered', t.number, call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child.stop();
  }
}

/** In percent of one core. */
export const percent = (cpuSeconds: number, seconds: number): number => (100 * cpuSeconds) / seconds;
