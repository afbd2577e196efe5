// Jest set-up that records what a passing test draws with TestScheduler: sources, expected values and subscriptions, a JSON file a spec.
'use strict';
const { mkdirSync, writeFileSync } = require('node:fs');
const { dirname, join, relative } = require('node:path');
const { TestScheduler } = require('rxjs/testing');
const { describeValue } = require('./describe-value.cjs');

const root = join(__dirname, '..', '..');
const pictures = [];

/** The marbles of a line as events: characters, not values, are what a picture shows. */
function parse(marbles, values, error) {
  const at = (text) => TestScheduler.parseMarbles(text, undefined, undefined, false, true);
  const events = at(marbles).map(({ frame, notification: { kind, value } }) => ({ frame, kind, text: value }));
  // One more value tells how long the line is.
  const length = at(`${marbles} x`).at(-1).frame;
  const used = [...new Set(events.filter(({ kind }) => kind === 'N').map(({ text }) => text))];
  const legend = used.flatMap((text) => (typeof values === 'object' && values !== null && text in values ? [{ text, value: describeValue(values[text]) }] : []));
  if (error !== undefined && events.some(({ kind }) => kind === 'E')) legend.push({ text: 'error', value: describeValue(error) });
  return { events, length, legend: legend.filter(({ text, value }) => value !== text) };
}

const span = ({ subscribedFrame, unsubscribedFrame }) => ({ from: subscribedFrame, to: Number.isFinite(unsubscribedFrame) ? unsubscribedFrame : null });
const spanOf = (marbles) => span(TestScheduler.parseMarblesAsSubscriptions(marbles, true));

/** Where the test calls a helper, from which the line gets its name. */
function callSite(helper) {
  const holder = {};
  Error.captureStackTrace(holder, helper);
  const [, file, line, column] = /\(?([^()\s]+):(\d+):(\d+)\)?$/.exec(holder.stack.split('\n')[1] ?? '') ?? [];
  return file === undefined ? null : { file: relative(root, file), line: Number(line), column: Number(column) };
}

function recorder(helpers) {
  const rows = [];
  const sources = [];

  const source = (kind) =>
    function helper(marbles, values, error) {
      const observable = helpers[kind](marbles, values, error);
      const row = { kind, site: callSite(helper), ...parse(marbles, values, error) };
      rows.push(row);
      sources.push({ row, observable });
      return observable;
    };
  function expectObservable(observable, subscription) {
    const site = callSite(expectObservable);
    const expectation = helpers.expectObservable(observable, subscription);
    const toBe = (marbles, values, error) => {
      rows.push({ kind: 'result', site, span: subscription === undefined ? null : spanOf(subscription), ...parse(marbles, values, error) });
      expectation.toBe(marbles, values, error);
    };
    return { ...expectation, toBe };
  }
  function expectSubscriptions(logs) {
    const site = callSite(expectSubscriptions);
    const toBe = (marbles) => {
      const of = sources.findIndex(({ observable }) => observable.subscriptions === logs);
      rows.push({ kind: 'subscriptions', site, of: of < 0 ? null : rows.indexOf(sources[of].row), spans: [marbles].flat().map(spanOf) });
      helpers.expectSubscriptions(logs).toBe(marbles);
    };
    return { toBe };
  }

  return {
    helpers: { ...helpers, hot: source('hot'), cold: source('cold'), expectObservable, expectSubscriptions },
    /** A cold source plays once for each subscriber, from then on. */
    finish() {
      for (const { row, observable } of sources) if (row.kind === 'cold') row.played = observable.subscriptions.map(span);
      return rows;
    },
  };
}

const { run } = TestScheduler.prototype;
TestScheduler.prototype.run = function runRecorded(test) {
  let finish = () => [];
  const result = run.call(this, (helpers) => {
    const recording = recorder(helpers);
    ({ finish } = recording);
    return test(recording.helpers);
  });
  const rows = finish();
  if (rows.some(({ kind }) => kind === 'result')) pictures.push({ title: expect.getState().currentTestName, rows });
  return result;
};

afterAll(() => {
  const spec = relative(root, expect.getState().testPath);
  const target = join(root, '.cache', spec.replace(/\.spec\.ts$/, '.json'));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, JSON.stringify({ spec, pictures }));
});
