/** What was used last, as far as it fits: a map that drops what was not used for longest. */

interface Held<V> {
  readonly value: V;
  readonly weight: number;
}

export class Recent<K, V> {
  /** A Map keeps the order in which its entries were set. */
  private readonly held = new Map<K, Held<V>>();
  private total = 0;

  /**
   * @param most the weight of all values together; one that is heavier is not held
   * @param dropped called for each value that had to go for others
   */
  constructor(
    private readonly most: number,
    private readonly dropped: (key: K, value: V) => void = () => undefined,
  ) {}

  get weight(): number {
    return this.total;
  }

  /** The value, without counting as a use. */
  peek(key: K): V | undefined {
    return this.held.get(key)?.value;
  }

  get(key: K): V | undefined {
    const found = this.held.get(key);
    if (found === undefined) return undefined;
    this.held.delete(key);
    this.held.set(key, found);
    return found.value;
  }

  set(key: K, value: V, weight = 1): void {
    this.delete(key);
    if (weight > this.most) return;
    this.held.set(key, { value, weight });
    this.total += weight;
    for (const [oldest, { value: dropped }] of this.held) {
      if (this.total <= this.most) return;
      this.delete(oldest);
      this.dropped(oldest, dropped);
    }
  }

  delete(key: K): void {
    const found = this.held.get(key);
    if (found === undefined) return;
    this.held.delete(key);
    this.total -= found.weight;
  }

  clear(): void {
    this.held.clear();
    this.total = 0;
  }
}
