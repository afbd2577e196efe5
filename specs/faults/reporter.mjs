// Prints, at the end of all tests, one line per fault: how often it was tried, how often all recovered, and how long that took.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default class FaultReporter {
  constructor() {
    // Spec files run in processes that inherit this: trials.ts writes there.
    this.folder = mkdtempSync(join(tmpdir(), 'blissdata-rx-report-'));
    process.env.BLISSDATA_RX_FAULTS = this.folder;
    this.printed = false;
  }

  /** After the last file, so that Jest's own closing lines come after it. */
  onTestResult(_test, _result, { numPassedTestSuites, numFailedTestSuites, numPendingTestSuites, numTotalTestSuites }) {
    if (numPassedTestSuites + numFailedTestSuites + numPendingTestSuites === numTotalTestSuites) this.print();
  }

  onRunComplete() {
    this.print();
    rmSync(this.folder, { recursive: true, force: true });
  }

  print() {
    const times = new Map();
    for (const { fault, took } of readdirSync(this.folder).sort().flatMap((file) => outcomesIn(join(this.folder, file)))) times.set(fault, [...(times.get(fault) ?? []), took]);
    if (times.size === 0 || this.printed) return;
    this.printed = true;
    const width = Math.max(...[...times.keys()].map((fault) => fault.length));
    const lines = [...times].sort(([a], [b]) => a.localeCompare(b)).map(([fault, took]) => `${fault.padEnd(width)}  ${summary(took)}`);
    process.stderr.write(`\nFaults and recoveries, times in ms\n${lines.join('\n')}\n`);
  }
}

const outcomesIn = (file) => readFileSync(file, 'utf8').trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));

/** @param {readonly (number | null)[]} took */
function summary(took) {
  const recovered = took.filter((time) => time !== null).sort((a, b) => a - b);
  const figure = (time) => (time === undefined ? '-' : time.toFixed(1)).padStart(8);
  const count = (number) => String(number).padStart(4);
  return `tried${count(took.length)}  recovered${count(recovered.length)}  median${figure(recovered[recovered.length >> 1])}  worst${figure(recovered.at(-1))}`;
}
