/** What the server takes at most: images written as plain XADDs to a bare socket, without a copy and without a check. */
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { secondsOf } from './bench.js';
import { imageAt, imageBytes } from './points.js';

const imagesAtATime = 10;

export async function secondsToWriteOverSocket(url: string, points: number): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = createConnection({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  const reader = socket[Symbol.asyncIterator]();
  /** Each XADD is answered by the id, in two lines. */
  const answers = async (lines: number): Promise<void> => {
    for (let left = lines; left > 0; ) {
      const bytes: unknown = (await reader.next()).value;
      if (!Buffer.isBuffer(bytes) || bytes.includes('-ERR')) throw new Error('the server refused an XADD, or closed the connection');
      for (const byte of bytes) if (byte === 10) left--;
    }
  };
  try {
    return await secondsOf(async () => {
      for (let from = 0; from < points; from += imagesAtATime) {
        const to = Math.min(from + imagesAtATime, points);
        socket.cork();
        for (let index = from; index < to; index++) {
          const id = `${index}-1`;
          socket.write(`*5\r\n$4\r\nXADD\r\n$4\r\nbare\r\n$${id.length}\r\n${id}\r\n$7\r\npayload\r\n$${imageBytes}\r\n`);
          const { buffer, byteOffset, byteLength } = imageAt(index);
          socket.write(Buffer.from(buffer, byteOffset, byteLength));
          socket.write('\r\n');
        }
        socket.uncork();
        await answers(2 * (to - from));
      }
    });
  } finally {
    socket.destroy();
  }
}
