/** The options of the benchmark's command line. */
import { parseArgs } from 'node:util';

export interface Options {
  /** How often everything is measured. */
  readonly runs: number;
  /** How many scalars this package writes and reads. */
  readonly points: number;
  /** How many scalars the slower ones, Python and ioredis, write and read. */
  readonly peerPoints: number;
  /** How many points each stream of the example has. */
  readonly examplePoints: number;
  /** How many images are read. */
  readonly images: number;
  /** Only the measurements whose title contains this. */
  readonly only: string;
  /** Whether the results are printed as JSON. */
  readonly json: boolean;
}

export const usage = `npm run bench -- [options]
  --runs <n>            how often everything is measured (5)
  --points <n>          scalars that blissdata-rx writes and reads (1000000)
  --peer-points <n>     scalars that Python and ioredis write and read (100000)
  --example-points <n>  points of each of the example's streams (1000)
  --images <n>          images of 200 KB that are read (1000)
  --only <text>         only the measurements whose title contains this
  --json                print JSON instead of tables`;

/** Throws a TypeError that says which option is wrong. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: '5' },
      points: { type: 'string', default: '1000000' },
      'peer-points': { type: 'string', default: '100000' },
      'example-points': { type: 'string', default: '1000' },
      images: { type: 'string', default: '1000' },
      only: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
    },
  });
  return {
    runs: positive('runs', values.runs),
    points: positive('points', values.points),
    peerPoints: positive('peer-points', values['peer-points']),
    examplePoints: positive('example-points', values['example-points']),
    images: positive('images', values.images),
    only: values.only,
    json: values.json,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`--${name} takes a positive integer, not ${text}`);
}
