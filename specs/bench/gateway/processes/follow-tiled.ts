/** Follows an array of Tiled by as many WebSockets as are wanted: patches of send times, as msgpack. */
import { once } from 'node:events';
import { decode } from '@msgpack/msgpack';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { WebSocket } from 'ws';
import { Crowd } from './crowd.js';

const [url = '', apiKey = '', size = '1'] = process.argv.slice(2);
const mostWatched = 20;
const crowd = new Crowd(Number(size), Math.min(Number(size), mostWatched));

const Bytes = new t.Type<Uint8Array, Uint8Array, unknown>('Bytes', (u): u is Uint8Array => u instanceof Uint8Array, (u, c) => (u instanceof Uint8Array ? t.success(u) : t.failure(u, c)), t.identity);
const Patch = t.type({ type: t.literal('array-data'), payload: Bytes, offset: t.tuple([t.number]), shape: t.tuple([t.number]) });

for (let i = 0; i < Number(size); i++) {
  const socket = new WebSocket(url, { headers: { Authorization: `Apikey ${apiKey}` }, perMessageDeflate: false });
  socket.binaryType = 'nodebuffer';
  socket.on('message', (data) => {
    const patch = Patch.decode(Buffer.isBuffer(data) ? decode(data) : undefined);
    if (E.isLeft(patch)) return; // the first message says what the array is
    const { payload, offset, shape } = patch.right;
    crowd.take(i, offset[0], shape[0], i < mostWatched ? new Float64Array(Uint8Array.from(payload).buffer) : undefined);
  });
  socket.on('error', (error) => crowd.failed(error));
  socket.on('close', (code) => crowd.failed(`Tiled closed a socket: ${code}`));
  await once(socket, 'open');
}

crowd.answer();
