/** The result of a chaotic run, in figures and in one line. */
import type { Redis } from 'ioredis';
import { isBlissdataError } from '../../../lib/index.js';
import type { Struck } from './chaos.js';
import { Journal } from './journal.js';
import { pause } from './pause.js';
import type { PublishedScan, PublishedStream } from './publishing.js';
import { isFlawless, judge, judgeStored, noFlaws, sum, type Verdict } from './verdict.js';

export const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** All 0, and nothing failed, is what there should be. */
export interface Findings extends Verdict {
  readonly hung: number;
  readonly failed: number;
  /** What exactly is wrong: the first few of it. */
  readonly problems: readonly string[];
}

export const nothingWrong: Findings = { ...noFlaws(), hung: 0, failed: 0, problems: [] };

export interface Evidence {
  readonly scans: readonly PublishedScan[];
  readonly journals: readonly Journal[];
  /** What did not come to its end in time, or failed, besides what the journals say. */
  readonly ending: { readonly hung: readonly string[]; readonly failed: readonly string[] };
  /** The server, directly. */
  readonly client: Redis;
}

const shown = 10;
const scansKey = 'scans';

export async function findings({ scans, journals, ending, client }: Evidence): Promise<Findings> {
  const lengths = new Map([[scansKey, scans.length]]);
  const judged: (readonly [string, Verdict])[] = [];
  for (const scan of scans) {
    for (const stream of scan.streams) {
      lengths.set(stream.key, stream.sent);
      const name = `scan ${scan.number}, ${stream.name}`;
      judged.push([`${name}, on the server`, await judgeStored(client, stream.key, stream.sent, stream.saidByEntry)], [`${name}, acknowledged`, judgeAcknowledged(stream)]);
    }
    // The states, from 0 to 4.
    lengths.set(scan.key, 5);
  }
  for (const journal of journals) {
    judged.push([journal.name, judge(journal, lengths.get(journal.key) ?? 0)]);
    // Another run may be under way, whose connections must not seem silent because this one is judged.
    await pause(0);
  }
  const stuck = [...ending.hung, ...journals.filter(({ ended }) => ended === undefined).map(({ name }) => name)];
  const broken = [
    ...ending.failed,
    ...scans.filter(({ failure }) => failure !== undefined).map(({ number, failure }) => `publishing scan ${number}: ${described(failure)}`),
    ...journals.filter(({ failure }) => failure !== undefined).map(({ name, failure }) => `${name}: ${described(failure)}`),
  ];
  const flawed = judged.filter(([, verdict]) => !isFlawless(verdict)).map(([name, verdict]) => `${name}: ${JSON.stringify(verdict)}`);
  return {
    ...sum(judged.map(([, verdict]) => verdict)),
    hung: stuck.length,
    failed: broken.length,
    problems: [...stuck.map((name) => `hung: ${name}`), ...broken, ...flawed].slice(0, shown),
  };
}

export const described = (failure: unknown): string => (isBlissdataError(failure) ? `${failure._tag} ${JSON.stringify(failure)}` : failure instanceof Error ? String(failure.stack) : String(failure));

/** What was acknowledged is never taken back, and is all that was sent in the end. */
function judgeAcknowledged({ acknowledged, sent }: PublishedStream): Verdict {
  let taken = 0;
  let most = 0;
  for (const { points } of acknowledged) {
    if (points < most) taken++;
    most = Math.max(most, points);
  }
  return { ...noFlaws(), lost: Math.max(0, sent - most), wrong: taken + Math.max(0, most - sent) };
}

/** Scans in the order in which they were delivered, as a journal of their numbers. */
export function journalOfScans(delivered: readonly string[], scans: readonly PublishedScan[]): Journal {
  const journal = new Journal('scans$', scansKey, 'all');
  const numbers = new Map(scans.map(({ key, number }) => [key, number]));
  for (const [place, key] of delivered.entries()) {
    const number = numbers.get(key) ?? NaN;
    journal.take(Number.isNaN(number) ? place : number, [number]);
  }
  journal.leave();
  return journal;
}

export interface Summary {
  readonly title: string;
  readonly scans: readonly PublishedScan[];
  readonly journals: readonly Journal[];
  readonly struck: readonly Struck[];
  readonly connections: number;
  readonly found: Findings;
}

/** One line that says it all. */
export function line({ title, scans, journals, struck, connections, found }: Summary): string {
  const points = scans.flatMap(({ streams }) => streams).reduce((count, { sent }) => count + sent, 0);
  const received = journals.reduce((count, { arrivals }) => count + arrivals.reduce((all, { said }) => all + said.length, 0), 0);
  const faults = new Map<string, number>();
  for (const { name } of struck) faults.set(name, (faults.get(name) ?? 0) + 1);
  const { lost, doubled, outOfOrder, wrong, late, hung, failed } = found;
  const longest = longestRecovery({ scans, journals, struck });
  return [
    `${title}: ${scans.length} scans, ${points} points, ${received} received by ${journals.length}`,
    `${struck.length} faults (${[...faults].sort(([a], [b]) => a.localeCompare(b)).map(([name, count]) => `${name} ${count}`).join('; ')})`,
    `${connections} new connections, longest recovery ${(longest.took / 1000).toFixed(1)} s (${longest.who}, after ${longest.fault})`,
    `lost ${lost}, doubled ${doubled}, out of order ${outOfOrder}, wrong ${wrong}, late ${late}, hung ${hung}, failed ${failed}`,
  ].join(' | ');
}

interface Recovery {
  /** How long it took, in ms. */
  readonly took: number;
  readonly who: string;
  readonly fault: string;
}

/** The longest time from the end of a fault to the next point of a waiting follower, or the next acknowledgement of a publisher. */
function longestRecovery({ scans, journals, struck }: Pick<Summary, 'scans' | 'journals' | 'struck'>): Recovery {
  const received = journals.filter(({ prompt }) => prompt).map(({ name, arrivals }) => ({ who: name, times: arrivals.map(({ at }) => at) }));
  const acknowledged = scans.flatMap(({ number, streams }) => streams.map((stream) => ({ who: `scan ${number}, ${stream.name}, writing`, times: stream.acknowledged.map(({ at }) => at) })));
  let longest: Recovery = { took: 0, who: 'none', fault: 'none' };
  for (const { name, to } of struck) {
    for (const { who, times } of [...received, ...acknowledged]) {
      const next = (times[0] ?? Infinity) < to ? times.find((at) => at >= to) : undefined;
      if (next !== undefined && next - to > longest.took) longest = { took: next - to, who, fault: name };
    }
  }
  return longest;
}
