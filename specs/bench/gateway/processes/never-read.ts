/** Clients of a stream that take nothing any more once the first of it has come. */
import { answer } from '../../waiting/processes/answer.js';
import { LeanClient } from './lean-client.js';

const [url = '', scan = '', key = '', size = '1'] = process.argv.slice(2);

const fail = (error: unknown): void => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
};

const stopped = Promise.all(
  Array.from(
    { length: Number(size) },
    () =>
      new Promise<void>((resolve) => {
        const client = new LeanClient(
          { url, scan, key },
          () => {
            client.stopReading();
            resolve();
          },
          fail,
        );
      }),
  ),
);

answer({ begun: async () => void (await stopped) });
