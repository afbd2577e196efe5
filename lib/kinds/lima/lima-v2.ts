/** Lima2 detectors as blissdata 1.x published them: status documents, with which a program can request images from their server. */
import * as t from 'io-ts';
import type { Observable } from 'rxjs';
import type { Json } from '../../model/json.js';
import type { StreamKind } from '../../stream/stream-kind.js';
import { jsonEncoding } from '../../wire/encoding/encoding.js';
import { members } from '../../wire/codecs.js';
import { decodeStatus, followStatus } from './detector-status.js';

export interface LimaV2Status {
  readonly acquisition: string;
  readonly framesAcquired: number;
  readonly framesTransferred: number;
}

export interface LimaV2Frames {
  /** The progress: the present status, then each newer one as far as the subscriber keeps up. Completes at the seal. */
  readonly status$: Observable<LimaV2Status>;
}

/**
 * JSON streams with `format: 'lima_v2'`. Their points are the status documents; the newest one counts the images (`framesTransferred`), which
 * only the Lima2 server has.
 */
export const limaV2: StreamKind<LimaV2Frames> = {
  name: 'lima_v2',
  id: Symbol.for('blissdata-rx.kind.lima_v2'),
  recognises: ({ type, info }) => type === 'json' && info['format'] === 'lima_v2',
  open: (declared) => {
    const statusOf = (document: Json): LimaV2Status => {
      const { acq_uuid, nb_frames_acquired, nb_frames_xferred } = decodeStatus(declared, Status, 'a status of Lima2', document);
      return { acquisition: acq_uuid, framesAcquired: nb_frames_acquired, framesTransferred: nb_frames_xferred };
    };
    return { type: { encoding: jsonEncoding }, points: declared.entries('json'), access: { status$: followStatus(declared, statusOf) } };
  },
};

const Status = members('an object', { acq_uuid: t.string, nb_frames_acquired: t.number, nb_frames_xferred: t.number });
