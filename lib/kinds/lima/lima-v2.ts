/** Lima2 detectors as blissdata 1.x published them: status documents, by which images can be asked of their server. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { map, type Observable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { Json } from '../../model/json.js';
import { consumeChunks, emitLastPoint } from '../../stream/consume.js';
import type { Point } from '../../model/stream-type.js';
import { problemsOf, received } from '../../wire/problems.js';
import type { DeclaredStream, StreamKind } from '../../stream/stream-kind.js';

export interface LimaV2Status {
  readonly acquisition: string;
  readonly framesAcquired: number;
  readonly framesTransferred: number;
}

export interface LimaV2Frames {
  /** How far it has got: the present status, and every newer one as long as the subscriber keeps up. Completes at the seal. */
  readonly status$: Observable<LimaV2Status>;
}

/**
 * JSON streams with `format: 'lima_v2'`. Their points are the status documents: how many images there are says the newest one
 * (`framesTransferred`), and the images themselves are to be had from Lima2's server alone.
 */
export const limaV2: StreamKind<LimaV2Frames> = {
  name: 'lima_v2',
  id: Symbol.for('blissdata-rx.kind.lima_v2'),
  recognises: ({ type, info }) => type === 'json' && info['format'] === 'lima_v2',
  open: (declared) => {
    const points = declared.entries('json');
    const status$ = consumeChunks<'json', Point<'json'>>(declared.readable.core, points, emitLastPoint, { policy: 'newest' }).pipe(map(({ value }) => decodeStatus(declared, value)));
    return { type: { encoding: { _tag: 'json', type: 'json' } }, points, access: { status$ } };
  },
};

const Status = t.type({ acq_uuid: t.string, nb_frames_acquired: t.number, nb_frames_xferred: t.number });

function decodeStatus({ name, key }: DeclaredStream, document: Json): LimaV2Status {
  const status = Status.decode(document);
  if (E.isRight(status)) {
    const { acq_uuid, nb_frames_acquired, nb_frames_xferred } = status.right;
    return { acquisition: acq_uuid, framesAcquired: nb_frames_acquired, framesTransferred: nb_frames_xferred };
  }
  throw blissdataError('InvalidEntry', { key, stream: name, index: 0, expected: `a status of Lima2 (${problemsOf(status.left).join('; ')})`, received: received(document) });
}
