/**
 * A client that speaks the gateway's protocol and does nothing else with what comes than to see that nothing is missing: where hundreds are
 * needed to load a gateway, whole ones would need more of the machine than the gateway.
 */
import * as E from 'fp-ts/lib/Either.js';
import { WebSocket } from 'ws';
import { binaryKinds } from '../../../../lib/gateway/protocol/binary-kinds.js';
import { decodeBlockMessage } from '../../../../lib/gateway/protocol/block-message.js';
import { encodeClientMessage } from '../../../../lib/gateway/protocol/client-messages.js';
import { decodeServerMessage } from '../../../../lib/gateway/protocol/server-messages.js';
import { gatewayVersion, subprotocol } from '../../../../lib/gateway/protocol/version.js';
import type { Block } from '../../../../lib/ports/streams.js';
import { entryId, originId } from '../../../../lib/wire/stream-id.js';

interface Followed {
  /** The gateway's URL, with the path. */
  readonly url: string;
  readonly scan: string;
  readonly key: string;
}

/** What the whole client grants a stream. */
const creditBytes = 2 << 20;
const mostEntries = 1_000_000;

export class LeanClient {
  private readonly socket: WebSocket;
  private last = NaN;
  private lastId = originId;
  private requests = 0;
  private reading = false;
  private granted = 0;
  private wanted = false;

  /** @param take the points of an entry or of several: the index of the first, how many there are, and their bytes */
  constructor(
    private readonly followed: Followed,
    private readonly take: (index: number, count: number, bytes: Uint8Array) => void,
    private readonly failed: (error: unknown) => void,
  ) {
    this.socket = new WebSocket(followed.url, subprotocol, { perMessageDeflate: false });
    this.socket.binaryType = 'arraybuffer';
    this.socket.on('open', () => this.socket.send(encodeClientMessage({ hello: gatewayVersion, client: 'benchmark', maxMessage: 4 << 20 })));
    this.socket.on('message', (data) => (data instanceof ArrayBuffer ? this.binary(new Uint8Array(data)) : this.text(String(data))));
    this.socket.on('error', failed);
    this.socket.on('close', (code) => failed(`the gateway closed a client: ${code}`));
  }

  /** From now on it takes nothing any more, and TCP neither. */
  stopReading(): void {
    this.socket.pause();
  }

  private text(text: string): void {
    const message = decodeServerMessage(text);
    if (E.isLeft(message)) this.failed(message.left.join('; '));
    else if ('welcome' in message.right) this.read();
    else if ('error' in message.right) this.failed(JSON.stringify(message.right.error));
    else if (('wake' in message.right && message.right.wake.includes(this.followed.key)) || 'wakeAll' in message.right) this.wake();
  }

  private wake(): void {
    if (this.reading) this.wanted = true;
    else this.read();
  }

  private read(): void {
    this.reading = true;
    this.granted = creditBytes;
    const { key, scan } = this.followed;
    this.socket.send(encodeClientMessage({ id: ++this.requests, call: 'read', args: [[{ key, scan, after: this.lastId, maxEntries: mostEntries, ahead: creditBytes }]] }));
  }

  private binary(message: Uint8Array<ArrayBuffer>): void {
    const decoded = message[0] === binaryKinds.block ? decodeBlockMessage(message) : E.left(`a message of kind ${message[0]}`);
    if (E.isLeft(decoded)) {
      this.failed(decoded.left);
      return;
    }
    const { answer, after, block } = decoded.right;
    if (answer) this.reading = false;
    // Read again meanwhile: the new feed brings it.
    else if (after !== this.lastId) return;
    this.put(block);
    if (answer && this.wanted) {
      this.wanted = false;
      this.read();
    }
  }

  /** An answer may hold what a feed has brought since the request. */
  private put({ firsts, lens, ends, bytes }: Omit<Block, 'key'>): void {
    const known = this.lastId === originId ? 0 : firsts.findIndex((first) => first > this.last);
    const end = firsts.length - 1;
    if (end < 0 || known < 0) return;
    this.last = firsts[end] ?? NaN;
    this.lastId = entryId(this.last);
    const first = firsts[known] ?? NaN;
    this.take(first, this.last + (lens[end] ?? NaN) - first, bytes.subarray(known === 0 ? 0 : ends[known - 1]));
    this.grant(bytes.length);
  }

  private grant(bytes: number): void {
    this.granted -= bytes;
    if (this.granted > creditBytes / 2) return;
    this.socket.send(encodeClientMessage({ more: this.followed.key, bytes: creditBytes - this.granted }));
    this.granted = creditBytes;
  }
}
