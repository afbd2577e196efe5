/** What was used last, as far as it fits. */
import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Recent } from '../../../lib/gateway/relay/recent.js';

it('holds what was used last, whatever is put in and taken out', () => {
  const key = fc.nat(8);
  const step = fc.oneof(
    fc.record({ _tag: fc.constant('set' as const), key, weight: fc.nat(12) }),
    fc.record({ _tag: fc.constant('get' as const), key }),
    fc.record({ _tag: fc.constant('peek' as const), key }),
    fc.record({ _tag: fc.constant('delete' as const), key }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const dropped: number[] = [];
      const recent = new Recent<number, string>(10, (each) => void dropped.push(each));
      /** Those held, the one used last at the end. */
      let model: { readonly key: number; readonly value: string; readonly weight: number }[] = [];
      for (const [i, each] of steps.entries()) {
        const found = model.find((held) => held.key === each.key);
        const others = model.filter((held) => held.key !== each.key);
        if (each._tag === 'set') {
          dropped.length = 0;
          recent.set(each.key, `${i}`, each.weight);
          model = each.weight > 10 ? others : [...others, { key: each.key, value: `${i}`, weight: each.weight }];
          const gone: number[] = [];
          while (model.reduce((sum, { weight }) => sum + weight, 0) > 10) gone.push(...model.splice(0, 1).map((held) => held.key));
          expect(dropped).toEqual(gone);
        } else if (each._tag === 'delete') {
          recent.delete(each.key);
          model = others;
        } else {
          expect(each._tag === 'get' ? recent.get(each.key) : recent.peek(each.key)).toBe(found?.value);
          if (each._tag === 'get' && found !== undefined) model = [...others, found];
        }
        expect(recent.weight).toBe(model.reduce((sum, { weight }) => sum + weight, 0));
      }
      for (const { key: held, value } of model) expect(recent.peek(held)).toBe(value);
    }),
  );
});
