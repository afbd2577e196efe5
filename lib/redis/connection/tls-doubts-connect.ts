/** Tells that a server speaks TLS where plain Redis was expected, or the other way round: neither end says so by itself, one waits and the other hangs up. */
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { asyncScheduler, Subscription } from 'rxjs';
import { after } from '../../model/time.js';

/** After how many ms without TLS having come about the server is asked in the clear; after half the time that it has, if that is less. */
const patience = 500;
/** How many ms it may take to answer. */
const answerWithin = 2000;

/** As Node says it where such a server does answer. */
export const noTlsCode = 'ERR_SSL_WRONG_VERSION_NUMBER';
export const noTls = 'the server speaks no TLS (a redis:// URL is for those)';
export const tlsWantedCode = 'EPROTO';
export const tlsWanted = 'the server speaks TLS (a rediss:// URL is for those)';

/** Doubts about one address, or those of all Sentinels, until it has been connected to for the first time. */
export class TlsDoubts {
  private settled = false;

  constructor(
    private readonly places: readonly NetConnectOpts[],
    private readonly isTls: boolean,
    private readonly connectTimeout: number,
  ) {}

  /** The first connection was made: what becomes of later ones has other reasons. */
  settle(): void {
    this.settled = true;
  }

  /** Calls back if every one of them answers in the clear while TLS is waited for; returns how to end that. */
  whileConnecting(answered: (error: Error) => void): () => void {
    if (this.settled || !this.isTls) return () => undefined;
    const asking = new Subscription();
    let silent = this.places.length;
    const plain = (): void => {
      silent--;
      // One Sentinel that speaks TLS will do.
      if (silent === 0) answered(Object.assign(new Error(noTls), { code: noTlsCode }));
    };
    const ask = (): void => {
      for (const place of this.places) asking.add(speaksPlain(place, plain));
    };
    asking.add(after(Math.min(patience, this.connectTimeout / 2), asyncScheduler).subscribe({ next: ask, error: answered }));
    return () => asking.unsubscribe();
  }

  /** Why a server hung up that was spoken to in the clear, if TLS is the reason. */
  async afterwards(): Promise<Error | undefined> {
    if (this.settled || this.isTls || !(await Promise.all(this.places.map(speaksTls))).every((speaks) => speaks)) return undefined;
    return Object.assign(new Error(tlsWanted), { code: tlsWantedCode });
  }
}

/** Calls back when it does; returns how to end that. */
function speaksPlain(place: NetConnectOpts, yes: () => void): () => void {
  const socket = connect(place, () => socket.write('PING\r\n'));
  // That it does not answer, or hangs up, is no answer either.
  socket.on('error', () => socket.destroy());
  socket.once('data', (bytes: Buffer) => {
    socket.destroy();
    if (/^[+-]/.test(bytes.toString('latin1'))) yes();
  });
  return () => socket.destroy();
}

function speaksTls(place: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    // Nothing but the greeting is exchanged, with whoever it is.
    const socket: Socket = connectTls({ ...place, rejectUnauthorized: false, checkServerIdentity: () => undefined }, () => end(true));
    const end = (speaks: boolean): void => {
      limit.unsubscribe();
      socket.destroy();
      resolve(speaks);
    };
    const limit = after(answerWithin, asyncScheduler).subscribe({ next: () => end(false), error: () => end(false) });
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
  });
}
