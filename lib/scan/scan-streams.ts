/** The streams of a scan, each opened once from the scan's JSON. */
import * as E from 'fp-ts/lib/Either.js';
import type { StreamOpener } from '../stream/stream-opener.js';
import { blissdataError } from '../model/errors.js';
import type { IdentityFields } from '../model/identity-model.js';
import type { StreamType } from '../model/stream-type.js';
import type { Key } from '../ports/keys.js';
import type { Core } from '../reading/core.js';
import { Stream } from '../stream/stream.js';
import { streamKey } from '../wire/keys.js';
import type { ScanDocument } from '../wire/scan-document.js';

/** The streams before PREPARED, and of a scan that has none. */
export const noStreams: ReadonlyMap<string, Stream> = new Map();

export class ScanStreams {
  private streams = noStreams;

  constructor(
    private readonly core: Core,
    private readonly prefix: string,
    private readonly scanKey: Key,
    private readonly stateKey: Key,
    private readonly opener: StreamOpener,
  ) {}

  /** The streams of the document: the same map as before if there are no new ones, the same Stream for the same name. */
  update(document: ScanDocument<IdentityFields>): ReadonlyMap<string, Stream> {
    const names = [...document.streams.keys(), ...document.brokenStreams.keys()];
    if (names.every((name) => this.streams.has(name))) return this.streams;
    const streams = new Map(this.streams);
    const scan = { key: this.scanKey, info: document.info, identity: document.identity };
    for (const [name, { pk, encoding, info }] of document.streams) {
      if (streams.has(name)) continue;
      const source = { key: streamKey(this.prefix, pk), name, scan: this.scanKey, stateKey: this.stateKey };
      streams.set(name, this.opener.open(this.core, source, { scan, info, encoding }));
    }
    for (const [name, problems] of document.brokenStreams) {
      if (streams.has(name)) continue;
      const problem = blissdataError('ScanValidation', { key: this.scanKey, problems: problems.map((line) => `stream "${name}": ${line}`) });
      streams.set(name, new Stream<StreamType>(this.core, { key: '', name, scan: this.scanKey, stateKey: this.stateKey, entryBytes: 0 }, E.left(problem), {}));
    }
    this.streams = streams;
    return streams;
  }
}
