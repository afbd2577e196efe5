/** What may happen in a story of writing and reading one stream, and how random stories are made. */
import fc from 'fast-check';

const readings = ['points', 'chunks', 'slow', 'cursor', 'latest'] as const;
export type Reading = (typeof readings)[number];

type Side = 'writer' | 'reader';

/** How a connection is lost: what was under way, and for how many ms the server is away afterwards. */
interface Loss {
  readonly side: Side;
  readonly lost?: 'requests' | 'answers' | { readonly lateBy: number };
  readonly away: number;
}

export type Step =
  | { readonly _: 'send'; readonly points: number }
  | { readonly _: 'sendBatch'; readonly points: number }
  | { readonly _: 'flush' }
  | { readonly _: 'seal' }
  | { readonly _: 'wait'; readonly ms: number }
  | { readonly _: 'subscribe'; readonly reading: Reading; readonly from: number }
  | { readonly _: 'unsubscribe'; readonly nth: number }
  | ({ readonly _: 'cut' } & Loss)
  | ({ readonly _: 'cutDuring'; readonly method: 'append' | 'seal' | 'read' | 'heads' | 'range' | 'log' } & Loss)
  | { readonly _: 'restart'; readonly away: number; readonly lost?: 'requests' | 'answers' }
  | { readonly _: 'pause'; readonly ms: number }
  | { readonly _: 'outOfMemory'; readonly ms: number }
  | { readonly _: 'trim'; readonly keep: number }
  | { readonly _: 'save' }
  | { readonly _: 'restore'; readonly away: number }
  | { readonly _: 'flushAll' }
  | { readonly _: 'deleteKey' }
  | { readonly _: 'deleteScan' }
  /** Somebody else appends; inside the last entry, where that holds several points, or after it. */
  | { readonly _: 'secondWriter'; readonly points: number; readonly inside: boolean };

/** How stories of one kind are made: how often each step comes, all others never. */
export type Weights = Partial<Record<Step['_'], number>>;

const ms = (...times: readonly number[]): fc.Arbitrary<number> => fc.constantFrom(...times);
const away = ms(0, 0, 1, 30, 300, 3000);
const side = fc.constantFrom<Side>('writer', 'reader');
const lost = fc.constantFrom<NonNullable<Loss['lost']>>('requests', 'answers', 'answers', { lateBy: 0 }, { lateBy: 1 }, { lateBy: 60 });
const is = <N extends Step['_']>(name: N): { _: fc.Arbitrary<N> } => ({ _: fc.constant(name) });

const steps: { readonly [N in Step['_']]: fc.Arbitrary<Step> } = {
  send: fc.record({ ...is('send'), points: fc.constantFrom(1, 1, 2, 5) }),
  sendBatch: fc.record({ ...is('sendBatch'), points: fc.constantFrom(2, 3, 4) }),
  flush: fc.record(is('flush')),
  seal: fc.record(is('seal')),
  wait: fc.record({ ...is('wait'), ms: ms(0, 0, 1, 2, 3, 10, 60, 500) }),
  subscribe: fc.record({ ...is('subscribe'), reading: fc.constantFrom(...readings), from: fc.constantFrom(0, 0, 0, 3) }),
  unsubscribe: fc.record({ ...is('unsubscribe'), nth: fc.nat(5) }),
  cut: fc.oneof(fc.record({ ...is('cut'), side, away }), fc.record({ ...is('cut'), side, away, lost })),
  cutDuring: fc.record({ ...is('cutDuring'), side, away, lost, method: fc.constantFrom('append', 'append', 'append', 'read', 'read', 'seal', 'heads', 'range', 'log') }),
  restart: fc.oneof(fc.record({ ...is('restart'), away }), fc.record({ ...is('restart'), away, lost: fc.constantFrom('requests', 'answers') })),
  pause: fc.record({ ...is('pause'), ms: ms(1, 5, 200) }),
  outOfMemory: fc.record({ ...is('outOfMemory'), ms: ms(1, 20, 400, 4000) }),
  trim: fc.record({ ...is('trim'), keep: fc.constantFrom(0, 1, 1, 2) }),
  save: fc.record(is('save')),
  restore: fc.record({ ...is('restore'), away }),
  flushAll: fc.record(is('flushAll')),
  deleteKey: fc.record(is('deleteKey')),
  deleteScan: fc.record(is('deleteScan')),
  secondWriter: fc.record({ ...is('secondWriter'), points: fc.constantFrom(1, 2), inside: fc.boolean() }),
};

export interface Story {
  readonly latency: { readonly writer: number; readonly reader: number };
  /** Whether points that are sent in one moment travel as one entry, or one by one. */
  readonly coalesce: boolean;
  readonly steps: readonly Step[];
}

const common: Weights = { send: 8, sendBatch: 3, flush: 2, wait: 10, subscribe: 5, unsubscribe: 1 };

/** Random stories in which, besides writing and reading, such steps occur. */
export function stories(weights: Weights): fc.Arbitrary<Story> {
  const chosen: Weights = { ...common, ...weights };
  const latency = fc.constantFrom(0, 2);
  const step = fc.oneof(...Object.entries(steps).flatMap(([name, arbitrary]) => weighted(name, arbitrary, chosen)));
  return fc.record({ latency: fc.record({ writer: latency, reader: latency }), coalesce: fc.boolean(), steps: fc.array(step, { minLength: 3, maxLength: 30, size: 'max' }) });
}

function weighted(name: string, arbitrary: fc.Arbitrary<Step>, weights: Weights): { weight: number; arbitrary: fc.Arbitrary<Step> }[] {
  const weight = Object.entries(weights).find(([chosen]) => chosen === name)?.[1] ?? 0;
  return weight === 0 ? [] : [{ weight, arbitrary }];
}
