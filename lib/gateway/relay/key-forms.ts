/** The forms of the keys that requests through a gateway may name: nothing else of the database can be reached. */
import type { Key } from '../../ports/keys.js';
import { isUlid, scanPrefix, streamPrefix } from '../../wire/keys.js';

export class KeyForms {
  private readonly scans: string;
  private readonly streams: string;

  /** @param prefix of the identity model */
  constructor(readonly prefix: string) {
    this.scans = scanPrefix(prefix);
    this.streams = streamPrefix(prefix);
  }

  isScan(key: Key): boolean {
    return key.startsWith(this.scans) && isUlid(key.slice(this.scans.length));
  }

  isStream(key: Key): boolean {
    return key.startsWith(this.streams) && isUlid(key.slice(this.streams.length));
  }
}
