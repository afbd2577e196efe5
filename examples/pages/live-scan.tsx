// A React component that shows a scan as it goes: its state, and the newest value of each of its counters.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { EMPTY, merge, mergeMap, of, switchMap } from 'rxjs';
import { DataStore, scanStateName, type Scan, type Stream } from 'blissdata-rx/browser';
import { useObservable } from './use-observable.js';

export function LiveScan({ scan }: { readonly scan: Scan }) {
  const state = useObservable(scan.state$, undefined);
  const streams = useObservable(scan.streams$, new Map<string, Stream>());
  const counters = [...streams.values()].filter(({ dtype, shape }) => dtype !== undefined && shape.length === 0);
  return (
    <section>
      <h1>{`${scan.identity.name} ${scan.identity.number}`}</h1>
      <p>{state === undefined ? 'loading' : scanStateName(state)}</p>
      <ul>
        {counters.map((counter) => (
          <Counter key={counter.key} counter={counter} />
        ))}
      </ul>
    </section>
  );
}

function Counter({ counter }: { readonly counter: Stream }) {
  const point = useObservable(counter.latest$, undefined);
  const text = point === undefined ? 'no points yet' : `${typeof point.value === 'object' ? JSON.stringify(point.value) : String(point.value)} (point ${point.index})`;
  return <li>{`${counter.name}: ${text}`}</li>;
}

// The gateway that has served this page.
const store = DataStore.connect(location.origin);
const last$ = store.lastScan().pipe(mergeMap((last) => (last._tag === 'Some' ? of(last.value) : EMPTY)));
const newest$ = merge(store.scans$, last$).pipe(switchMap(({ key }) => store.loadScan(key)));

function NewestScan() {
  const scan = useObservable(newest$, undefined);
  return scan === undefined ? <p>No scan yet</p> : <LiveScan key={scan.key} scan={scan} />;
}

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <NewestScan />
    </StrictMode>,
  );
}
