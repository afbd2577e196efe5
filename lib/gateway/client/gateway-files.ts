/** Files that a gateway opens: it is told the scan and the stream, and finds the path in the scan. */
import { map, throwError, type Observable } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { NdArray } from '../../model/nd-array.js';
import type { ArrayFiles, ArrayPlace } from '../../ports/files.js';
import * as answers from './answers.js';
import { answersTo, requestText, unexpected, valueOf } from './calls.js';
import type { GatewayClient } from './gateway-client.js';
import type { Answer } from './requests.js';

export const gatewayFiles = (client: GatewayClient): ArrayFiles => ({
  length: (place) => (place.origin === undefined ? unknownOrigin(place) : valueOf(client, answers.length, 'fileLength', [place.origin])),
  read: ({ origin, ...place }, start, stop) => (origin === undefined ? unknownOrigin(place) : answersTo(client, requestText('fileRead', [origin, start, stop])).pipe(map(arrayIn))),
});

function arrayIn(answer: Answer): NdArray {
  if ('array' in answer) return answer.array;
  throw unexpected('fileRead', ['no array']);
}

/** Of kinds of a user's own, which do not say whose file it is. */
const unknownOrigin = ({ file }: ArrayPlace): Observable<never> =>
  throwError(() => blissdataError('UnsupportedFile', { path: file, expected: 'a place with its `origin`, which a gateway finds', received: 'a path' }));
