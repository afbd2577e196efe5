/** What the compiler knows of criteria, by the identity model, and of what searching, states and deleting give. */
import type { Observable } from 'rxjs';
import type { DataStore } from '../../lib/store/data-store.js';
import type { ScanReference } from '../../lib/store/history.js';
import type { SearchResult } from '../../lib/ports/search.js';
import type { ScanState } from '../../lib/model/scan-state.js';
import { expectType, typeTest, value, type Equal } from './support.js';

type Lab = { readonly sample: { readonly type: 'text'; readonly required: true }; readonly run: { readonly type: 'integer'; readonly required: false } };

typeTest('criteria are texts for text fields, numbers or ranges for integer fields', () => {
  const store = value<DataStore>();
  const found$ = store.search({ session: 'ihr', name: 'asc*', number: { min: 10 } });
  expectType<Equal<typeof found$, Observable<SearchResult>>>();
  const following$ = store.followSearch({ number: 3 });
  expectType<Equal<typeof following$, Observable<ScanReference>>>();
  // @ts-expect-error a number for a text
  store.followSearch({ name: 3 });
  // @ts-expect-error a text for a number
  store.followSearch({ number: '3' });
  // @ts-expect-error no such bound
  store.search({ number: { from: 3 } });
  // @ts-expect-error no such field
  store.followSearch({ nmae: 'asc*' });
});

typeTest('criteria are those of the identity model', () => {
  const store = value<DataStore<Lab>>();
  store.followSearch({ sample: 'si*', run: { max: 3 } });
  // @ts-expect-error a field of another model
  store.followSearch({ session: 'ihr' });
});

typeTest('states come by key, and a scan may be missing', () => {
  const states$ = value<DataStore>().scansState(value<readonly string[]>());
  expectType<Equal<typeof states$, Observable<ReadonlyMap<string, ScanState>>>>();
  const state = value<ReadonlyMap<string, ScanState>>().get('key');
  expectType<Equal<typeof state, ScanState | undefined>>();
});

typeTest('deleting is a Promise, forced or not', () => {
  const deleted = value<DataStore>().deleteScan('key', { force: true });
  expectType<Equal<typeof deleted, Promise<void>>>();
  // @ts-expect-error not a flag of its own
  void value<DataStore>().deleteScan('key', true);
});
