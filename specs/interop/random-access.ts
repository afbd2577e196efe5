/** Ways of asking a stream for points out of its midst, drawn at random, and what this package answers; the twin of python/random_access.py. */
import * as t from 'io-ts';
import { catchError, lastValueFrom, map, of, type Observable } from 'rxjs';
import { isBlissdataError, type Stream } from '../../lib/index.js';
import { isNdArrayData } from '../../lib/model/chunk-data.js';
import type { Random } from '../redis/random.js';
import { renderData, renderPoint } from './rendering.js';

/** An index, or a slice's start, stop and step. */
export type Case = readonly [number] | readonly [number | null, number | null, number | null];

/** Points as texts; dtype and shape where there is an array of them. */
export const Outcome = t.union([t.type({ error: t.string }), t.intersection([t.type({ points: t.array(t.string) }), t.partial({ dtype: t.string, shape: t.array(t.number) })])]);
export type Outcome = t.TypeOf<typeof Outcome>;

/** Python's names. */
const errors: Readonly<Record<string, string>> = {
  IndexNotYetThere: 'IndexNotYetThereError',
  IndexWontBeThere: 'IndexWontBeThereError',
  IndexNoMoreThere: 'IndexNoMoreThereError',
  IndexOutOfRange: 'IndexError',
  InvalidArgument: 'ValueError',
};

/** A way of asking a stream of a length for points: mostly about what it has, and a bit beyond. */
export function drawCase(random: Random, length: number): Case {
  const near = (): number => random.upTo(2 * length + 9) - length - 5;
  const bound = (): number | null => (random.chance(0.2) ? null : random.chance(0.05) ? random.of([-1, 1]) * random.of([1000, 2 ** 31, 2 ** 53 - 1]) : near());
  if (random.chance(0.4)) return [near()];
  const step = random.chance(0.4) ? null : random.chance(0.1) ? 0 : random.chance(0.15) ? -random.upTo(5) : random.upTo(random.chance(0.2) ? 1000 : 4);
  return [bound(), bound(), step];
}

/** What this package answers. */
export async function lookUp(stream: Stream, asked: Case): Promise<Outcome> {
  return lastValueFrom(
    answer(stream, asked).pipe(
      catchError((error: unknown) => {
        if (!isBlissdataError(error)) throw error;
        return of({ error: errors[error._tag] ?? error._tag });
      }),
    ),
  );
}

function answer(stream: Stream, asked: Case): Observable<Outcome> {
  const dtype = stream.dtype;
  const named = dtype === undefined ? {} : { dtype };
  if (asked.length === 1) return stream.at(asked[0]).pipe(map((value) => ({ points: [renderPoint(dtype, value)], ...named })));
  const [start, stop, step] = asked;
  const bounds = { ...(start === null ? {} : { start }), ...(stop === null ? {} : { stop }), ...(step === null ? {} : { step }) };
  return stream.slice(bounds).pipe(
    map((data) => {
      const points = [...renderData(dtype, data)];
      if (isNdArrayData(data)) return { points, dtype: data.dtype, shape: [...data.shape] };
      // Arrays of differing shape are a list; in Python one array where the shapes happen to be the same.
      return points.length === 0 ? { points } : { points, ...named };
    }),
  );
}
