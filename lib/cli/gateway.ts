/** `blissdata-rx gateway`: serves a database to browsers until it is stopped. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { gateway, jsonLine, textLine, type GatewayLogEntry } from '../gateway.js';
import { isBlissdataError } from '../index.js';
import { reportError } from './report-error.js';

interface Options {
  readonly redis: string;
  readonly name?: string;
  readonly host: string;
  readonly port: number;
  readonly cert?: string;
  readonly key?: string;
  readonly trustProxy?: boolean;
  readonly tokenFile?: string;
  readonly allowWrite?: boolean;
  readonly allowDelete?: boolean;
  readonly origin: readonly string[];
  readonly embedOrigin: readonly string[];
  readonly pages?: string;
  readonly files?: readonly string[];
  readonly gather?: number;
  readonly log: 'text' | 'json';
}

export function gatewayCommand(): Command {
  return new Command('gateway')
    .description('serve a database to browsers, over WebSockets; read-only, and to this machine alone, unless told otherwise')
    .addOption(new Option('--redis <url>', 'the Redis server, best as a user that may only read; a password is better kept in the variable').env('BLISSDATA_URL').default('redis://localhost:6379'))
    .option('--name <name>', 'what clients see as the name of the database (default: blissdata)')
    .option('--host <address>', 'the address to listen on; any other than this machine\'s own needs a token file', '127.0.0.1')
    .option('--port <number>', 'the TCP port, 0 for any free one', (text) => integer(text, 65_535, 'A port is a number from 0 to 65535.'), 8765)
    .option('--cert <file>', 'a certificate in PEM, for https and wss')
    .option('--key <file>', 'its key')
    .option('--trust-proxy', 'believe X-Forwarded-For, -Proto and -Host: only behind a proxy, past which nothing reaches the port')
    .option('--token-file <file>', 'who may connect: a line for each token, "token role[,role] [field=value,...]"; see below')
    .option('--allow-write', 'let those publish whose token says so')
    .option('--allow-delete', 'let those delete scans whose token says so')
    .option('--origin <origins...>', 'pages of other servers that may connect, such as https://control.example.org', [])
    .option('--embed-origin <origins...>', 'pages of other servers that may show those of this one in a frame', [])
    .option('--pages <folder>', 'pages to serve; they are read at the start')
    .option('--files <folders...>', 'the folders whose files may be read for saved streams')
    .option('--gather <ms>', 'how long new points are gathered before they are sent, 0 to 50 (default: 4 where more than 20 follow a stream)', (text) => integer(text, 50, 'A time is a number of ms from 0 to 50.'))
    .addOption(new Option('--log <form>', 'lines for people, or a JSON object a line, on standard error').choices(['text', 'json']).default('text'))
    .addHelpText('after', help)
    .action(async (options: Options) => {
      process.exitCode = await run(options).catch(reportError);
    });
}

const help = `
Once it listens it prints one line with "serving http://<host>:<port>" to standard output, for other programs to read.
Under that address: /v1/socket for clients, /healthz, /readyz, /metrics for Prometheus, and the pages.
SIGTERM and Ctrl-C ask all clients to come back within 5 s, to what is at this address by then; a second one ends it at once.

The token file: roles are read, write, delete. Criteria limit what a token lets see, as in a search; all of a list must be met:
  # the screens of the beamline, and the group of a proposal
  8f14e45fceea167a  read,write  session=id10*
  45c48cce2e2d7fbd  read        proposal=ma1234,number=1..99  proposal=ma1235
Spaces, commas and percent signs in a value are written %20, %2C, %25. SIGHUP reads the file, and the certificate, again.`;

function integer(text: string, most: number, message: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > most) throw new InvalidArgumentError(message);
  return number;
}

/** Runs until a signal stops it; resolves to the exit code. */
async function run({ redis, origin, embedOrigin, log, ...options }: Options): Promise<number> {
  const line = log === 'json' ? jsonLine : textLine;
  const write = (entry: GatewayLogEntry): void => void process.stderr.write(`${line(entry)}\n`);
  const stop = untilSignal();
  const server = await gateway(redis, { ...options, origins: origin, embedOrigins: embedOrigin, log: write });
  const reload = (): void => {
    server.reload().catch((error: unknown) => {
      if (isBlissdataError(error)) write({ time: Date.now(), level: 'error', event: 'reloaded', message: `The old tokens and the old certificate stay. ${error.message}` });
      else reportError(error);
    });
  };
  process.on('SIGHUP', reload);
  process.stdout.write(`blissdata-rx: serving ${server.url} (Ctrl-C stops it)\n`);
  await stop;
  await server.close();
  process.off('SIGHUP', reload);
  return 0;
}

/** npm and others pass on to their child a signal that the terminal has sent it already: within so many ms that is not a second Ctrl-C. */
const echo = 100;

/** Resolves at the first signal; a second one ends the process. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const onSignal = (): void => {
      if (first !== undefined && performance.now() - first > echo) process.exit(1);
      first ??= performance.now();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  });
}
