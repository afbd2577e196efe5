/** How the compiler helps with errors: every tag is asked for, and a guard narrows to that tag's own fields. */
import {
  blissdataError,
  foldError,
  isBlissdataError,
  isHistoryGap,
  isIndexWontBeThere,
  isScanNotClosed,
  isMissingPackage,
  isPathNotAllowed,
  isScanNotFound,
  isUnauthorizedStateTransition,
  type BlissdataError,
  type BlissdataErrorOf,
  type ErrorTag,
} from '../../lib/model/errors.js';
import type { ScanState } from '../../lib/model/scan-state.js';
import { expectType, typeTest, value, type Assignable, type Equal } from './support.js';

type AllCases<A> = { readonly [Tag in ErrorTag]: (e: BlissdataErrorOf<Tag>) => A };

typeTest('foldError with a case for every tag needs no otherwise', () => {
  const folded = foldError(value<BlissdataError>(), value<AllCases<number>>());
  expectType<Equal<typeof folded, number>>();
});

typeTest('foldError asks for every tag unless there is an otherwise', () => {
  // @ts-expect-error one tag is missing
  foldError(value<BlissdataError>(), value<Omit<AllCases<number>, 'StreamRewound'>>());
  // @ts-expect-error all but one are missing
  foldError(value<BlissdataError>(), { ScanNotFound: (e) => e.key });
});

typeTest('foldError with an otherwise takes any tags, and hands each case its own fields', () => {
  const folded = foldError(value<BlissdataError>(), {
    IndexWontBeThere: (e) => {
      expectType<Equal<typeof e, BlissdataErrorOf<'IndexWontBeThere'>>>();
      return String(e.length);
    },
    otherwise: (e) => {
      expectType<Equal<typeof e, BlissdataError>>();
      return e.message;
    },
  });
  expectType<Equal<typeof folded, string>>();
});

typeTest('foldError refuses a tag that does not exist', () => {
  // @ts-expect-error Python's name has a suffix, ours has none
  foldError(value<BlissdataError>(), { ScanNotFoundError: () => 1, otherwise: () => 2 });
});

typeTest('a guard narrows an unknown to the fields of its tag', () => {
  const error = value<unknown>();
  if (isScanNotFound(error)) {
    expectType<Equal<typeof error, BlissdataErrorOf<'ScanNotFound'>>>();
    expectType<Equal<(typeof error)['key'], string>>();
  }
  if (isIndexWontBeThere(error)) expectType<Equal<(typeof error)['length'], number>>();
  if (isHistoryGap(error)) expectType<Equal<(typeof error)['completeAfter'], string>>();
  if (isScanNotClosed(error)) expectType<Equal<(typeof error)['state'], ScanState>>();
  if (isPathNotAllowed(error)) expectType<Equal<(typeof error)['roots'], readonly string[]>>();
  if (isMissingPackage(error)) expectType<Equal<(typeof error)['package'], string>>();
  if (isUnauthorizedStateTransition(error)) expectType<Equal<(typeof error)['to'], ScanState>>();
});

typeTest('isBlissdataError with a tag narrows to the fields of that tag', () => {
  const error = value<unknown>();
  if (isBlissdataError(error, 'ScanNotFound')) expectType<Equal<typeof error, BlissdataErrorOf<'ScanNotFound'>>>();
  if (isBlissdataError(error, 'IndexWontBeThere')) expectType<Equal<(typeof error)['length'], number>>();
  const member = value<BlissdataError>();
  if (isBlissdataError(member, 'ScanNotClosed')) expectType<Equal<(typeof member)['state'], ScanState>>();
  else expectType<Equal<(typeof member)['_tag'], Exclude<ErrorTag, 'ScanNotClosed'>>>();
});

typeTest('isBlissdataError with several tags narrows to their union', () => {
  const error = value<unknown>();
  if (!isBlissdataError(error, 'Disconnected', 'ServerBusy')) return;
  expectType<Equal<typeof error, BlissdataErrorOf<'Disconnected'> | BlissdataErrorOf<'ServerBusy'>>>();
  expectType<Equal<(typeof error)['_tag'], 'Disconnected' | 'ServerBusy'>>();
  if (error._tag === 'ServerBusy') expectType<Equal<(typeof error)['code'], string>>();
  // @ts-expect-error only one of the two has a URL
  String(error.url);
});

typeTest('isBlissdataError refuses a tag that does not exist', () => {
  // @ts-expect-error Python's name has a suffix, ours has none
  isBlissdataError(value<unknown>(), 'ScanNotFoundError');
  // @ts-expect-error an index is no tag: use a function of one argument
  [value<unknown>()].filter(isBlissdataError);
});

typeTest('a guard does not give the fields of another tag', () => {
  const error = value<unknown>();
  // @ts-expect-error a scan that is not found has no stream
  if (isScanNotFound(error)) String(error.stream);
  // @ts-expect-error before a guard nothing is known
  String(error.key);
});

typeTest('the tag tells the members of the union apart', () => {
  const error = value<BlissdataError>();
  if (error._tag === 'StreamOverlap') expectType<Equal<(typeof error)['found'], number>>();
  if (error._tag === 'WriteConflict') expectType<Equal<(typeof error)['found'], string>>();
  expectType<Equal<(typeof error)['_tag'], ErrorTag>>();
});

typeTest('every member is an Error that says whether to try again', () => {
  const error = value<unknown>();
  if (isBlissdataError(error)) expectType<Equal<typeof error, BlissdataError>>();
  expectType<Assignable<BlissdataError, Error>>();
  expectType<Equal<BlissdataError['retriable'], boolean>>();
});

typeTest('an error is made with exactly the fields of its tag', () => {
  const error = blissdataError('ScanNotFound', { key: 'esrf:scan:01J0000000000000000000000' });
  expectType<Equal<typeof error, BlissdataErrorOf<'ScanNotFound'>>>();
  // @ts-expect-error the key is missing
  blissdataError('ScanNotFound', {});
  // @ts-expect-error a scan has no index
  blissdataError('ScanNotFound', { key: '', index: 1 });
});
