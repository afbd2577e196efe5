/** Keeps the last lines of a server's output, and reports new ones. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const kept = 20;

export class LogTail {
  private readonly last: string[] = [];
  private readonly listeners = new Set<(line: string) => void>();

  constructor(...outputs: readonly Readable[]) {
    for (const input of outputs) createInterface({ input, crlfDelay: Infinity }).on('line', (line) => this.add(line));
  }

  private add(line: string): void {
    if (line.trim() === '') return;
    this.last.push(line);
    if (this.last.length > kept) this.last.shift();
    for (const listener of this.listeners) listener(line);
  }

  /** The last lines, oldest first. */
  lines(): readonly string[] {
    return [...this.last];
  }

  /** Calls back for every line from now on, until the returned function is called. */
  follow(listener: (line: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
