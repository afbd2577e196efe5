/** Judges the journals of a chaotic run. */
import type { Redis } from 'ioredis';
import type { Journal } from './journal.js';

/** How many points of each kind; all 0 is what there should be. */
export interface Verdict {
  /** Missing though later ones are there, or though they were acknowledged. */
  readonly lost: number;
  readonly doubled: number;
  /** After one of a greater index. */
  readonly outOfOrder: number;
  /** Another value than belongs to the index. */
  readonly wrong: number;
  /** After the follower had left. */
  readonly late: number;
}

export type Flaws = { -readonly [P in keyof Verdict]: Verdict[P] };

export const noFlaws = (): Flaws => ({ lost: 0, doubled: 0, outOfOrder: 0, wrong: 0, late: 0 });

export function sum(verdicts: readonly Verdict[]): Verdict {
  const total = noFlaws();
  for (const verdict of verdicts) {
    total.lost += verdict.lost;
    total.doubled += verdict.doubled;
    total.outOfOrder += verdict.outOfOrder;
    total.wrong += verdict.wrong;
    total.late += verdict.late;
  }
  return total;
}

export const isFlawless = (verdict: Verdict): boolean => Object.values(verdict).every((count) => count === 0);

/** Goes through indices in the order in which they came; `said` is what each point says itself. */
class Judge {
  private readonly seen: boolean[] = [];
  private greatest = -1;
  readonly flaws = noFlaws();

  take(index: number, said: number): void {
    if (!Object.is(said, index)) this.flaws.wrong++;
    if (this.seen[index] === true) this.flaws.doubled++;
    else if (index < this.greatest) this.flaws.outOfOrder++;
    this.seen[index] = true;
    this.greatest = Math.max(this.greatest, index);
  }

  /** @param from the first index that there should be, up to the greatest seen and `length` points at least */
  lostFrom(from: number, length: number): void {
    for (let index = from; index < Math.max(length, this.greatest + 1); index++) if (this.seen[index] !== true) this.flaws.lost++;
  }
}

/** Judges what one follower got of a stream that ended with `length` points. */
export function judge({ arrivals, expected, late }: Journal, length: number): Verdict {
  const points = new Judge();
  for (const { index, said } of arrivals) for (const [i, each] of said.entries()) points.take(index + i, each);
  // There is nothing beyond the end.
  const beyond = arrivals.reduce((count, { index, said }) => count + Math.max(0, index + said.length - length), 0);
  const wrong = points.flaws.wrong + beyond;
  if (expected === 'any') return { ...noFlaws(), wrong, late };
  if (expected === 'all') points.lostFrom(0, length);
  if (expected === 'rest') points.lostFrom(arrivals[0]?.index ?? 0, length);
  if (expected === 'beginning') points.lostFrom(0, 0);
  if (expected === 'newest') points.lostFrom(length - 1, length);
  return { ...points.flaws, wrong, late };
}

/**
 * Judges a stream as it lies in Redis, by its raw entries: of `length` points, sealed.
 *
 * @param saidBy the indices that the points of an entry say themselves to have
 */
export async function judgeStored(client: Redis, key: string, length: number, saidBy: (payload: Buffer, len: number) => readonly number[]): Promise<Verdict> {
  const points = new Judge();
  let seal: number | undefined;
  for (const [id, fields] of await client.xrangeBuffer(key, '-', '+')) {
    const named = new Map<string, Buffer>();
    for (let i = 0; i + 1 < fields.length; i += 2) named.set(String(fields[i]), fields[i + 1] ?? Buffer.alloc(0));
    const payload = named.get('payload');
    if (payload === undefined) {
      seal = Number(String(named.get('id')));
      continue;
    }
    const first = Number(String(id).split('-')[0]);
    const len = Number(String(named.get('len') ?? '1'));
    const said = saidBy(payload, len);
    for (let i = 0; i < len; i++) points.take(first + i, said[i] ?? NaN);
  }
  points.lostFrom(0, length);
  if (seal !== length) points.flaws.wrong++;
  return points.flaws;
}
