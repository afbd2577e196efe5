/** Detects that only one end of a connection speaks TLS. Neither end reports it: one waits for ever, the other hangs up. */
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { asyncScheduler, Subscription } from 'rxjs';
import { after } from '../../model/time.js';

/** How many ms TLS may take before the server is pinged in the clear; half of `connectTimeout` if that is less. */
const handshakeMs = 500;
/** How many ms the server may take to answer a probe. */
const answerMs = 2000;

/** Node's own code, where a server without TLS answers the handshake. */
export const noTlsCode = 'ERR_SSL_WRONG_VERSION_NUMBER';
export const noTls = 'the server does not speak TLS (use a redis:// URL)';
export const tlsWantedCode = 'EPROTO';
export const tlsWanted = 'the server speaks TLS (use a rediss:// URL)';

/** Probes one server, or all Sentinels, until the first connection succeeds. */
export class TlsProbe {
  private settled = false;

  constructor(
    private readonly places: readonly NetConnectOpts[],
    private readonly isTls: boolean,
    private readonly connectTimeout: number,
  ) {}

  /** The first connection succeeded: later ones fail for other reasons. */
  settle(): void {
    this.settled = true;
  }

  /** Calls back if, while the TLS handshake hangs, every server answers in the clear; returns how to stop. */
  whileConnecting(answered: (error: Error) => void): () => void {
    if (this.settled || !this.isTls) return () => undefined;
    const probes = new Subscription();
    let silent = this.places.length;
    const plain = (): void => {
      silent--;
      // A single Sentinel that speaks TLS is enough.
      if (silent === 0) answered(Object.assign(new Error(noTls), { code: noTlsCode }));
    };
    const probe = (): void => {
      for (const place of this.places) probes.add(speaksPlain(place, plain));
    };
    probes.add(after(Math.min(handshakeMs, this.connectTimeout / 2), asyncScheduler).subscribe({ next: probe, error: answered }));
    return () => probes.unsubscribe();
  }

  /** After a server hung up on a connection in the clear: the reason, if that is TLS. */
  async afterHangUp(): Promise<Error | undefined> {
    if (this.settled || this.isTls || !(await Promise.all(this.places.map(speaksTls))).every((speaks) => speaks)) return undefined;
    return Object.assign(new Error(tlsWanted), { code: tlsWantedCode });
  }
}

/** Calls back if the server answers a PING in the clear; returns how to stop. */
function speaksPlain(place: NetConnectOpts, yes: () => void): () => void {
  const socket = connect(place, () => socket.write('PING\r\n'));
  // Silence and a hang-up prove nothing.
  socket.on('error', () => socket.destroy());
  socket.once('data', (bytes: Buffer) => {
    socket.destroy();
    if (/^[+-]/.test(bytes.toString('latin1'))) yes();
  });
  return () => socket.destroy();
}

function speaksTls(place: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    // Only the handshake is exchanged, so the certificate does not matter.
    const socket: Socket = connectTls({ ...place, rejectUnauthorized: false, checkServerIdentity: () => undefined }, () => end(true));
    const end = (speaks: boolean): void => {
      limit.unsubscribe();
      socket.destroy();
      resolve(speaks);
    };
    const limit = after(answerMs, asyncScheduler).subscribe({ next: () => end(false), error: () => end(false) });
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
  });
}
