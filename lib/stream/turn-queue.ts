/** A mutex: grants turns in the order of the requests. A request that was granted or aborted is not kept. */
export class TurnQueue {
  private readonly waiting = new Set<() => void>();
  private taken = false;

  /** Resolves when it is the caller's turn, which the caller must `end`; rejects with the signal's reason if that is aborted before. */
  begin(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (!this.taken) {
      this.taken = true;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        this.waiting.delete(begin);
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.waiting.delete(begin);
        reject(signal?.reason);
      };
      this.waiting.add(begin);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  end(): void {
    const [next] = this.waiting;
    if (next === undefined) this.taken = false;
    else next();
  }
}
