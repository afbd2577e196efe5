/** Numbers from files for clients that name a scan, a stream and a range: which file that is, the scan's own JSON says. */
import * as E from 'fp-ts/lib/Either.js';
import { catchError, defer, map, of, switchMap, throwError, type Observable, type SchedulerLike } from 'rxjs';
import { filePlaces, type FilePlaces } from '../../kinds/file-places.js';
import { pointCount } from '../../model/chunk-data.js';
import { blissdataError, isBlissdataError } from '../../model/errors.js';
import type { IdentityModel } from '../../model/identity-model.js';
import type { NdArray } from '../../model/nd-array.js';
import type { Database } from '../../ports/database.js';
import type { ArrayFiles, ArrayPlace, PlaceOrigin } from '../../ports/files.js';
import type { SameTick } from '../../reading/same-tick.js';
import { decodeScanDocument } from '../../wire/scan-document.js';
import { Recent } from './recent.js';
import type { Rights } from './rights.js';
import type { Visibility } from './visibility.js';

/** One answer, if not a single point has more. Readers ask for 1 MiB. */
const mostBytes = 8 << 20;
const mostStreams = 2000;
/** How long the places of a stream are remembered, in ms. */
const longest = 60_000;

interface StreamFiles {
  readonly places: FilePlaces;
  readonly readAt: number;
  /** Known after the first read. */
  pointBytes?: number;
}

export interface ServedFilesOptions {
  readonly files: ArrayFiles;
  readonly database: Pick<Database, 'scan'>;
  readonly model: IdentityModel;
  readonly visibility: Visibility;
  readonly scheduler: Pick<SchedulerLike, 'now'>;
  readonly sameTick: SameTick;
}

export class ServedFiles {
  private readonly streams = new Recent<string, StreamFiles>(mostStreams);

  constructor(private readonly options: ServedFilesOptions) {}

  /** How many points there are in a stream's file. Errors as `ArrayFiles` does, and for streams that have no such file. */
  length(origin: PlaceOrigin, rights: Rights): Observable<number> {
    const { files, sameTick } = this.options;
    return this.at(origin, rights, ({ place }) => sameTick.share(`length ${named(origin)}`, () => files.length(place)));
  }

  /** The points of a stream's file from `start` up to but not including `stop`; fewer if it has no more. `InvalidArgument` for more than fit into an answer. */
  read(origin: PlaceOrigin, start: number, stop: number, rights: Rights): Observable<NdArray> {
    const { files, sameTick } = this.options;
    const end = Math.max(start, stop);
    return this.at(origin, rights, ({ place, stream }) => {
      const read = (until: number): Observable<NdArray> => sameTick.share(`read ${named(origin)} ${start} ${until}`, () => files.read(place, start, until));
      const whole = (): Observable<NdArray> => {
        requireRoom(end - start, stream.pointBytes ?? 1);
        return read(end);
      };
      if (end - start <= 1 || stream.pointBytes !== undefined) return whole();
      // What a point takes, only the file knows: a scan may declare something else.
      return read(start + 1).pipe(
        switchMap((first) => {
          if (pointCount(first) === 0) return of(first);
          stream.pointBytes = first.data.byteLength;
          return whole();
        }),
      );
    });
  }

  private at<A>(origin: PlaceOrigin, rights: Rights, use: (file: { readonly place: ArrayPlace; readonly stream: StreamFiles }) => Observable<A>): Observable<A> {
    const notFound$ = throwError(() => blissdataError('ScanNotFound', { key: origin.scan }));
    return this.options.visibility.scans(rights, [origin.scan]).pipe(
      switchMap(([isSeen]) => (isSeen === true ? this.filesOf(origin) : notFound$)),
      switchMap((stream) => {
        const place = stream.places(origin.part ?? 0);
        return use({ place, stream }).pipe(catchError((error: unknown) => throwError(() => withoutPlace(error, place))));
      }),
    );
  }

  private filesOf({ scan, stream }: PlaceOrigin): Observable<StreamFiles> {
    const { database, model, scheduler, sameTick } = this.options;
    return defer(() => {
      const name = `${scan} ${stream}`;
      const known = this.streams.get(name);
      if (known !== undefined && scheduler.now() - known.readAt < longest) return of(known);
      return sameTick
        .share(`files of ${scan}`, () => database.scan(scan))
        .pipe(
          map((record) => {
            if (record === null) throw blissdataError('ScanNotFound', { key: scan });
            const document = decodeScanDocument(model, record.json);
            if (E.isLeft(document)) throw blissdataError('ScanValidation', { key: scan, problems: document.left });
            const found = { places: filePlaces(scan, document.right, stream), readAt: scheduler.now() };
            this.streams.set(name, found);
            return found;
          }),
        );
    });
  }
}

const named = ({ scan, stream, part = 0 }: PlaceOrigin): string => `${scan} ${part} ${stream}`;

function requireRoom(points: number, pointBytes: number): void {
  const most = Math.max(1, Math.floor(mostBytes / Math.max(pointBytes, 1)));
  if (points > most) throw blissdataError('InvalidArgument', { argument: 'stop', expected: `at most ${most} points of ${pointBytes} bytes at once`, received: String(points) });
}

const inLog = "the gateway's log says more";

/** Files that this one links to, and where it lies, are not a client's business: the path is that in the scan's JSON. */
function withoutPlace(error: unknown, { file, dataset }: ArrayPlace): unknown {
  const plain = (text: string): string => {
    const left = dataset === '' ? text : text.replaceAll(dataset, '…');
    return left.includes('/') ? inLog : left;
  };
  if (isBlissdataError(error, 'FileNotReadable')) return blissdataError('FileNotReadable', { path: file, reason: plain(error.reason) }, error);
  if (isBlissdataError(error, 'PathNotAllowed')) return blissdataError('PathNotAllowed', { path: file, roots: error.roots }, error);
  if (isBlissdataError(error, 'UnsupportedFile')) return blissdataError('UnsupportedFile', { path: file, expected: plain(error.expected), received: plain(error.received) }, error);
  return error;
}
