/** Points by index and by slice, drawn at random out of streams of every kind and in every state: both clients answer the same. */
import { describe, expect, it, jest } from '@jest/globals';
import * as t from 'io-ts';
import { firstValueFrom } from 'rxjs';
import { sealId } from '../../lib/wire/stream-id.js';
import { randomly } from '../redis/random.js';
import { useInterop, type Interop } from './interop.js';
import { drawCase, lookUp, Outcome, type Case } from './random-access.js';

const Declared = t.type({ key: t.string, lengths: t.record(t.string, t.tuple([t.number, t.number, t.number])) });
type Declared = t.TypeOf<typeof Declared>;
const Outcomes = t.record(t.string, t.array(Outcome));

const seed = Number(process.env['BLISSDATA_RX_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** For each stream in each state: there are some eighty streams in eight states. */
const casesPerState = 12;
const leastCases = 5000;

/** What all streams have been through when they are asked. */
interface State {
  readonly name: string;
  /** Which of the lengths they have. */
  readonly sent: 0 | 1 | 2;
  readonly sealed: boolean;
  /** Whether nothing is left but what the server remembers of the stream, or the seal. */
  readonly emptied: boolean;
}

interface Compared extends State {
  readonly stream: string;
  readonly length: number;
  readonly asked: Case;
  readonly ours: Outcome;
  readonly python: Outcome;
}

const isError = (outcome: Outcome, name: string): boolean => 'error' in outcome && outcome.error === name;
const isEmpty = (outcome: Outcome): boolean => 'points' in outcome && outcome.points.length === 0;

/** Where Python's answer is not the one to give, and why. Everything else is the same on both sides. */
const exceptions: readonly { readonly reason: string; readonly applies: (compared: Compared) => boolean }[] = [
  {
    reason: 'a step of 0 is an error that Python only notices when there are points to step over',
    applies: ({ asked: [, , step], ours, python }) => step === 0 && isError(ours, 'ValueError') && !('points' in python && python.points.length > 0),
  },
  {
    reason: 'an open stream that was trimmed to nothing is to Python one that does not exist yet: trimmed points would still be to come, and its length is 0',
    applies: ({ emptied, sealed, length, ours, python }) =>
      emptied && !sealed && length > 0 && isError(ours, 'IndexNoMoreThereError') && (isError(python, 'IndexNotYetThereError') || isEmpty(python)),
  },
];

/** Asks Python and this package the same of every stream. */
async function bothAsked({ python, store }: Interop, { key, lengths }: Declared, cases: Readonly<Record<string, readonly Case[]>>, state: State): Promise<readonly Compared[]> {
  const theirs = await python.ask(Outcomes, 'look_up', { key, cases });
  const scan = await firstValueFrom(store.loadScan(key));
  const streams = await firstValueFrom(scan.streams$);
  const compared = Object.entries(cases).map(async ([name, asked]) => {
    const stream = streams.get(name);
    if (stream === undefined) throw new Error(`there is no stream ${name}`);
    const ours = await Promise.all(asked.map((one) => lookUp(stream, one)));
    return asked.map((one, i): Compared => {
      const [answer, other] = [ours[i], theirs[name]?.[i]];
      if (answer === undefined || other === undefined) throw new Error(`${name}: no answer to ${JSON.stringify(one)}`);
      return { ...state, stream: name, length: lengths[name]?.[state.sent] ?? 0, asked: one, ours: answer, python: other };
    });
  });
  return (await Promise.all(compared)).flat();
}

describe('random access', () => {
  const interop = useInterop('2.4.5', 'us');
  jest.setTimeout(300_000);

  it(`gives what Python gives: values, shapes, dtypes and errors (seed ${seed})`, async () => {
    process.stderr.write(`random access: BLISSDATA_RX_SEED=${seed}\n`);
    const random = randomly(seed);
    const { python, redis } = interop();
    const compared: Compared[] = [];
    const compare = async (declared: Declared, state: State): Promise<void> => {
      const cases = Object.fromEntries(
        Object.entries(declared.lengths).map(([name, lengths]) => [name, Array.from({ length: casesPerState }, () => drawCase(random, lengths[state.sent]))]),
      );
      compared.push(...(await bothAsked(interop(), declared, cases, state)));
    };
    /** Trims streams up to an index, be it inside an entry, but leaves the last entry; or leaves nothing of any stream. */
    const trim = async ({ key }: Declared, all = false): Promise<void> => {
      const scan = await firstValueFrom(interop().store.loadScan(key));
      for (const stream of (await firstValueFrom(scan.streams$)).values()) {
        const entries = await redis.client.xrevrange(stream.key, '+', '-', 'COUNT', 2);
        const lastIndex = Number.parseInt(entries.find(([id]) => id !== sealId)?.[0] ?? '0', 10);
        if (all) await redis.client.xtrim(stream.key, 'MINID', String(lastIndex + 1));
        else if (random.chance(0.7)) await redis.client.xtrim(stream.key, 'MINID', String(random.upTo(lastIndex + 1) - 1));
      }
    };

    const first = await python.ask(Declared, 'declare_samples');
    await compare(first, { name: 'nothing sent', sent: 0, sealed: false, emptied: false });
    await python.tell('send_samples', { key: first.key, half: 0 });
    await compare(first, { name: 'open', sent: 1, sealed: false, emptied: false });
    await python.tell('send_samples', { key: first.key, half: 1 });
    await python.tell('end_samples', { key: first.key });
    await compare(first, { name: 'sealed', sent: 2, sealed: true, emptied: false });
    await trim(first);
    await compare(first, { name: 'sealed, trimmed', sent: 2, sealed: true, emptied: false });
    await trim(first, true);
    await compare(first, { name: 'sealed, trimmed to the seal', sent: 2, sealed: true, emptied: true });

    const second = await python.ask(Declared, 'declare_samples');
    await python.tell('send_samples', { key: second.key, half: 0 });
    await trim(second);
    await compare(second, { name: 'open, trimmed', sent: 1, sealed: false, emptied: false });
    await trim(second, true);
    await compare(second, { name: 'open, trimmed to nothing', sent: 1, sealed: false, emptied: true });
    await python.tell('send_samples', { key: second.key, half: 1 });
    await python.tell('end_samples', { key: second.key });
    await compare(second, { name: 'sealed, trimmed while it was open', sent: 2, sealed: true, emptied: false });

    expect(compared.length).toBeGreaterThanOrEqual(leastCases);
    const different = compared.filter((one) => !exceptions.some(({ applies }) => applies(one)) && JSON.stringify(one.ours) !== JSON.stringify(one.python));
    expect(different).toEqual([]);
    // No exception is there without being one.
    for (const { applies } of exceptions) expect(compared.some(applies)).toBe(true);
    // Of every kind of answer there were some.
    for (const error of ['IndexNotYetThereError', 'IndexWontBeThereError', 'IndexNoMoreThereError', 'IndexError']) expect(compared.some(({ ours }) => isError(ours, error))).toBe(true);
    expect(compared.filter(({ ours }) => 'points' in ours && ours.points.length > 0).length).toBeGreaterThan(leastCases / 4);
  });
});
