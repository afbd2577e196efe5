/** What a key of a database in memory can hold. */
import type { Log } from './log.js';
import type { PointStream } from './point-stream.js';

/** `json` is a scan's document. */
export type Value = PointStream | Log | { readonly _tag: 'json'; readonly text: string } | { readonly _tag: 'text'; readonly text: string };
export type ValueOf<Tag extends Value['_tag']> = Extract<Value, { readonly _tag: Tag }>;
