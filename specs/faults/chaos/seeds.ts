/** Which chaotic runs there are, and how long they take: `BLISSDATA_RX_CHAOS_SEED=7 BLISSDATA_RX_CHAOS_SECONDS=600` runs one again, for longer; `7,8` both at a time. */

/** Two that found a bug once, and two new ones; two at a time. */
export function seedsInPairs(): (readonly number[])[] {
  const given = process.env['BLISSDATA_RX_CHAOS_SEED'];
  if (given !== undefined) return [given.split(',').map(Number)];
  return [
    [16, unseen()],
    [18, unseen()],
  ];
}

export const oneSeed = (): number => Number.parseInt(process.env['BLISSDATA_RX_CHAOS_SEED'] ?? '', 10) || unseen();

/** @param usually how many there are where nothing else is asked for */
export const chaosSeconds = (usually: number): number => Number(process.env['BLISSDATA_RX_CHAOS_SECONDS'] ?? usually);

const unseen = (): number => 1 + Math.floor(Math.random() * 1e6);
