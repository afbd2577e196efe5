/** The options of the benchmark's command line. */
import { parseArgs } from 'node:util';

export interface Options {
  /** How often everything is measured. */
  readonly runs: number;
  /** How many scalars this package writes, and how many are read. */
  readonly points: number;
  /** How many scalars the slower ones write. */
  readonly peerPoints: number;
  /** How many points each stream of the example has. */
  readonly examplePoints: number;
  /** How many entries of 1000 scalars are read. */
  readonly batches: number;
  /** How many images of 200 KB are published one by one, and read. */
  readonly images: number;
  /** How many images of 8 MB are read. */
  readonly frames: number;
  /** How many JSON documents are read. */
  readonly documents: number;
  /** How many points of a stream are looked up, and a quarter as many slices. */
  readonly lookUps: number;
  /** How long points are published in each live run, the first half second of which does not count. */
  readonly seconds: number;
  /** How many streams are waited for at once. */
  readonly streams: readonly number[];
  /** How many counters are published at 100 Hz. */
  readonly counters: readonly number[];
  /** How many megabytes of images wait for a slow consumer. */
  readonly megabytes: number;
  /** How long points are published to those that follow through a gateway. */
  readonly gatewaySeconds: number;
  /** How many follow one stream through a gateway. */
  readonly clients: number;
  /** How many of them do all that the package does; the others only speak its protocol. */
  readonly wholeClients: number;
  /** How long a page that follows a stream does nothing. */
  readonly stallSeconds: number;
  /** Whether Tiled is fetched and measured beside the gateway. */
  readonly tiled: boolean;
  /** Only the measurements whose title contains this. */
  readonly only: string;
  /** Whether the results are printed as JSON. */
  readonly json: boolean;
}

export const usage = `npm run bench -- [options]
  --runs <n>            how often everything is measured (5)
  --points <n>          scalars that blissdata-rx writes, and that are read (1000000)
  --peer-points <n>     scalars that Python writes (100000)
  --example-points <n>  points of each of the example's streams (1000)
  --batches <n>         entries of 1000 scalars that are read (10000)
  --images <n>          images of 200 KB that are published one by one, and read (2000)
  --frames <n>          images of 8 MB that are read (60)
  --documents <n>       JSON documents that are read (200000)
  --look-ups <n>        points that are read by index, and a quarter as many slices (2000)
  --seconds <n>         how long points are published in each live run (4)
  --streams <n,...>     how many streams are waited for at once (10,1000,10000)
  --counters <n,...>    how many counters are published at 100 Hz (20,200,1000)
  --megabytes <n>       images that wait for a slow consumer (2000)
  --gateway-seconds <n> how long points are published to those that follow through a gateway (60)
  --clients <n>         how many follow one stream through a gateway (200)
  --whole-clients <n>   how many of them are whole ones; the others only speak the protocol (20)
  --stall-seconds <n>   how long a page that follows a stream does nothing (20)
  --without-tiled       do not fetch Tiled (1.2 GB) and measure it beside the gateway
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
      batches: { type: 'string', default: '10000' },
      images: { type: 'string', default: '2000' },
      frames: { type: 'string', default: '60' },
      documents: { type: 'string', default: '200000' },
      'look-ups': { type: 'string', default: '2000' },
      seconds: { type: 'string', default: '4' },
      streams: { type: 'string', default: '10,1000,10000' },
      counters: { type: 'string', default: '20,200,1000' },
      megabytes: { type: 'string', default: '2000' },
      'gateway-seconds': { type: 'string', default: '60' },
      clients: { type: 'string', default: '200' },
      'whole-clients': { type: 'string', default: '20' },
      'stall-seconds': { type: 'string', default: '20' },
      'without-tiled': { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
    },
  });
  return {
    runs: positive('runs', values.runs),
    points: positive('points', values.points),
    peerPoints: positive('peer-points', values['peer-points']),
    examplePoints: positive('example-points', values['example-points']),
    batches: positive('batches', values.batches),
    images: positive('images', values.images),
    frames: positive('frames', values.frames),
    documents: positive('documents', values.documents),
    lookUps: positive('look-ups', values['look-ups']),
    seconds: positive('seconds', values.seconds),
    streams: values.streams.split(',').map((count) => positive('streams', count)),
    counters: values.counters.split(',').map((count) => positive('counters', count)),
    megabytes: positive('megabytes', values.megabytes),
    gatewaySeconds: positive('gateway-seconds', values['gateway-seconds']),
    clients: positive('clients', values.clients),
    wholeClients: positive('whole-clients', values['whole-clients']),
    stallSeconds: positive('stall-seconds', values['stall-seconds']),
    tiled: !values['without-tiled'],
    only: values.only,
    json: values.json,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`--${name} takes a positive integer, not ${text}`);
}
