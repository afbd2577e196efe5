/** Blocks made by hand, as a database would deliver them. */
import type { Block } from '../../../lib/ports/streams.js';
import type { EntryDraft } from '../../../lib/wire/encoding/entry-builder.js';

export const where = { key: 'esrf:stream:01J0', stream: 'diode' };

export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The drafts as entries one after another, the first at index 100; `shift` moves the payloads off their alignment. */
export function blockOf(drafts: readonly EntryDraft[], { shift = 0 }: { readonly shift?: number } = {}): Block {
  const total = drafts.reduce((sum, { payload }) => sum + payload.length, 0);
  const bytes = new Uint8Array(shift + total).subarray(shift);
  const block = { key: where.key, firsts: new Float64Array(drafts.length), lens: new Float64Array(drafts.length), ends: new Float64Array(drafts.length), bytes };
  let end = 0;
  let index = 100;
  drafts.forEach(({ len, payload }, k) => {
    bytes.set(payload, end);
    end += payload.length;
    block.firsts[k] = index;
    block.lens[k] = len;
    block.ends[k] = end;
    index += len;
  });
  return block;
}

export const entries = (...payloads: readonly (string | Uint8Array)[]): readonly EntryDraft[] =>
  payloads.map((payload) => ({ len: 1, payload: typeof payload === 'string' ? hex(payload) : payload }));

export const documents = (...texts: readonly string[]): readonly EntryDraft[] => entries(...texts.map((text) => new TextEncoder().encode(text)));
