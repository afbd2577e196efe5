// A page that follows the newest scan: its state, and the newest value of each of its counters.
import { catchError, EMPTY, merge, mergeMap, of, switchMap, tap, type Observable } from 'rxjs';
import { DataStore, scanStateName, type Scan, type Stream } from 'blissdata-rx/browser';

const element = (id: string): HTMLElement => document.getElementById(id) ?? document.body;

// The gateway that has served this page.
const store = DataStore.connect(location.origin);
const last$ = store.lastScan().pipe(mergeMap((last) => (last._tag === 'Some' ? of(last.value) : EMPTY)));
merge(store.scans$, last$)
  .pipe(
    switchMap(({ key }) => store.loadScan(key)),
    switchMap(follow),
  )
  .subscribe({ error: (error: unknown) => (element('title').textContent = String(error)) });

function follow(scan: Scan): Observable<unknown> {
  element('title').textContent = `${scan.identity.name} ${scan.identity.number}`;
  const state$ = scan.state$.pipe(tap((state) => (element('state').textContent = scanStateName(state))));
  const values$ = scan.streams$.pipe(
    tap(() => element('values').replaceChildren()),
    switchMap((streams) => merge(...[...streams.values()].filter(({ dtype, shape }) => dtype !== undefined && shape.length === 0).map(followCounter))),
  );
  return merge(state$, values$);
}

function followCounter(counter: Stream): Observable<unknown> {
  const row = element('values').appendChild(document.createElement('tr'));
  const show = (text: string): void => row.replaceChildren(...[counter.name, text].map((content) => Object.assign(document.createElement('td'), { textContent: content })));
  show('no points yet');
  return counter.latest$.pipe(
    tap(({ index, value }) => show(`${typeof value === 'object' ? JSON.stringify(value) : String(value)} (point ${index})`)),
    catchError((error: unknown) => {
      show(String(error));
      return EMPTY;
    }),
  );
}
