/** How large the entries of each stream are, as far as they were seen: how many fit into an answer. */
import type { Key } from '../../ports/keys.js';
import type { Block } from '../../ports/streams.js';

/** About how many bytes an answer has at most, unless one entry is larger: with its header and what an entry takes beside its payload, a message in one part. */
export const answerBytes = (1 << 20) - 4096;
/** Index, number of points and end of an entry. */
const entryOverhead = 24;
/** Of a stream of which nothing is known: no entry, however large, comes with many others. */
const firstEntries = 2;
/** However small they are: those that follow may be large. */
const mostEntries = 8000;
/** Of how many streams the size is remembered. */
const mostRemembered = 10_000;

export class EntrySizes {
  private readonly bytes = new Map<Key, number>();

  /** About how many bytes an entry takes; `undefined` if none was seen. */
  of(key: Key): number | undefined {
    return this.bytes.get(key);
  }

  learn({ key, firsts, bytes }: Block): void {
    if (firsts.length === 0) return;
    if (this.bytes.size >= mostRemembered) this.bytes.clear();
    this.bytes.set(key, bytes.length / firsts.length + entryOverhead);
  }

  /** How many entries of each of these streams to request together. */
  entries(keys: readonly Key[]): number {
    let perEntry = 0;
    let most = mostEntries;
    for (const key of keys) {
      const known = this.bytes.get(key);
      if (known === undefined) most = firstEntries;
      perEntry += known ?? entryOverhead;
    }
    return Math.max(1, Math.min(most, Math.floor(answerBytes / perEntry)));
  }
}
