/** What the parser of bulk replies makes of them. */
import type { Block } from '../../ports/streams.js';

export type XreadReply =
  | { readonly _tag: 'blocks'; readonly blocks: readonly Block[] }
  /** All entries of a range are in the builder that was given for them. */
  | { readonly _tag: 'entries' }
  /** A status such as OK, which commands about the connection itself are answered with. */
  | { readonly _tag: 'status' | 'error'; readonly reply: string };

/** The bytes are not what XREAD answers; nothing after them can be trusted, the connection has to go. */
export class MalformedReply extends Error {}
