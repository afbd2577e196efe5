/** Random numbers reproducible by a seed. */

export interface Random {
  /** An integer from 1 to `most`. */
  upTo(most: number): number;
  chance(probability: number): boolean;
  of<A>(choices: readonly A[]): A;
}

/** mulberry32: 32 bits of state suffice to choose moments. */
export function randomly(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    upTo: (most) => 1 + Math.floor(next() * most),
    chance: (probability) => next() < probability,
    of(choices) {
      const chosen = choices[Math.floor(next() * choices.length)];
      if (chosen === undefined) throw new Error('nothing to choose from');
      return chosen;
    },
  };
}
