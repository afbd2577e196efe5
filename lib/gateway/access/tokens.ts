/** Finds what a token allows, in a time that says nothing of any token. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Rights } from '../relay/rights.js';
import type { Grant } from './token-file.js';

interface Known {
  readonly hash: Buffer;
  readonly rights: Rights;
}

export class Tokens {
  /** Under a key of this process the hashes tell nothing. */
  private readonly key = randomBytes(32);
  private known: readonly Known[] = [];
  /** By which token a connection came in, and what it gave then. */
  private readonly used = new WeakMap<object, Known>();

  constructor(grants: readonly Grant[]) {
    this.replace(grants);
  }

  replace(grants: readonly Grant[]): void {
    this.known = grants.map(({ token, rights }) => ({ hash: this.hash(token), rights }));
  }

  /** @param connection that uses it from now on */
  rightsOf(token: string, connection?: object): Rights | undefined {
    const found = this.find(this.hash(token));
    if (found !== undefined && connection !== undefined) this.used.set(connection, found);
    return found?.rights;
  }

  /** What has become of the token by which a connection came in. */
  standing(connection: object): 'same' | 'changed' | 'gone' {
    const then = this.used.get(connection);
    if (then === undefined) return 'same';
    const now = this.find(then.hash);
    return now === undefined ? 'gone' : JSON.stringify(now.rights) === JSON.stringify(then.rights) ? 'same' : 'changed';
  }

  /** All known ones are compared, and each whole. */
  private find(hash: Buffer): Known | undefined {
    let found: Known | undefined;
    for (const known of this.known) if (timingSafeEqual(known.hash, hash)) found = known;
    return found;
  }

  private hash(token: string): Buffer {
    return createHmac('sha256', this.key).update(token).digest();
  }
}
