/** The judge of recorded tests: it finds everything that must not happen. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { from, Subject } from 'rxjs';
import { failureOf } from '../store/outcomes.js';
import { Acknowledged, flawless, Received, stored, valueAt } from './records.js';
import { FaultyServer } from './server.js';

const points = (...indices: readonly number[]): { index: number; value: number }[] => indices.map((index) => ({ index, value: valueAt(index) }));

describe('the record of a subscriber', () => {
  it.each([
    ['nothing', [0, 1, 2, 3], {}],
    ['what is missing in the middle', [0, 2, 3], { lost: 1 }],
    ['what is missing at the start and at the end', [1, 2], { lost: 2 }],
    ['what came twice', [0, 1, 1, 2, 3, 3], { doubled: 2 }],
    ['what came late', [0, 2, 1, 3], { outOfOrder: 1 }],
    ['what began again', [0, 1, 2, 3, 0, 1], { doubled: 2 }],
  ])('shows %s', (_, indices, wrong) => {
    expect(Received.points(from(points(...indices))).verdict(4)).toEqual({ ...flawless, ...wrong });
  });

  it('shows values of other points, and points after the end of the subscription', () => {
    const source = new Subject<{ index: number; value: number }>();
    const received = Received.points(source);
    source.next({ index: 0, value: valueAt(1) });
    received.leave();
    received.take(1, [valueAt(1)]);
    expect(received.verdict()).toEqual({ ...flawless, wrong: 1, late: 1 });
  });

  it('records how the subscription ended', async () => {
    const source = new Subject<{ index: number; value: number }>();
    const received = Received.points(source);
    source.error('broken');
    expect(await received.failed()).toBe('broken');
    expect(await failureOf(received.has(1))).toBe('broken');
  });
});

describe('the record of a publisher', () => {
  it('shows what was taken back', () => {
    expect([new Acknowledged(from([0, 3, 5])).isGrowing, new Acknowledged(from([0, 3, 2])).isGrowing]).toEqual([true, false]);
  });
});

describe('what is on the server', () => {
  let on: FaultyServer;
  beforeAll(async () => {
    on = await FaultyServer.start();
  }, 300_000);
  afterAll(() => on.stop());

  const payload = (...indices: readonly number[]): Buffer => Buffer.from(Int32Array.from(indices.map(valueAt)).buffer);

  it('is judged by its entries', async () => {
    await on.client.xadd('s', '0-1', 'payload', payload(0, 1, 2), 'len', '3');
    await on.client.xadd('s', '3-1', 'payload', payload(3));
    expect(await stored(on.client, 's', 4)).toEqual(flawless);
    expect(await stored(on.client, 's', 5)).toEqual({ ...flawless, lost: 1 });
    await on.client.xadd('s', '6-1', 'payload', payload(7));
    expect(await stored(on.client, 's')).toEqual({ ...flawless, lost: 2, wrong: 1 });
    await on.client.xadd('s', '6-2', 'payload', payload(6));
    expect(await stored(on.client, 's')).toEqual({ ...flawless, lost: 2, wrong: 1, doubled: 1 });
  });
});
