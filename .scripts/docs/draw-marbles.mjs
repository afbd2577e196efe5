// Draws a recorded diagram as SVG: sources above, each result below its expression, one axis of time for all of them.
import { nameOf } from './line-names.mjs';

const cell = 24; // a frame
const radius = 9.5;
const letter = 6.7; // of the names' font
const smallLetter = 6.1; // of the legend's
const longestGap = 14; // frames; a longer time without any event is cut
const cutTo = 4; // frames
const lineHeight = 32;
const spanHeight = 15;
const boxHeight = 38;
const legendHeight = 17;
const margin = 12;
const leastWidth = 540;

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const round = (value) => Math.round(value * 10) / 10;
const tag = (name, attributes, content = '') =>
  `<${name}${Object.entries(attributes).map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : value}"`).join('')}${content === '' ? '/>' : `>${content}</${name}>`}`;
const text = (x, y, content, attributes = {}) => tag('text', { x, y, ...attributes }, escape(content));
const path = (d, attributes) => tag('path', { d: d.replace(/-?\d+\.\d+/g, (number) => String(round(Number(number)))), ...attributes });

/** What happens on a line in absolute time. A cold source has one for each of its subscribers. */
function linesOf(row) {
  const { events, length } = row;
  if (row.kind === 'result') return [{ events, length, from: row.span?.from ?? 0, to: row.span?.to ?? null }];
  if (row.kind === 'hot') return [{ events, length, from: Math.min(0, ...events.map(({ frame }) => frame)), to: null }];
  return row.played.map(({ from, to }) => ({
    events: events.map((event) => ({ ...event, frame: event.frame + from })).filter(({ frame }) => to === null || frame <= to),
    length: Math.min(length + from, to ?? Infinity),
    from,
    to,
  }));
}

/** Events of one frame stand side by side: `(ab|)`. */
function groupsOf(events) {
  const groups = new Map();
  for (const event of events) groups.set(event.frame, [...(groups.get(event.frame) ?? []), event]);
  return [...groups.entries()].map(([frame, members]) => ({ frame, members }));
}

/** How many cells a group takes, beginning with its own frame. */
const widthOf = (members) => Math.max(1, members.filter(({ kind }) => kind === 'N').length + (members.length > 1 && members.at(-1).kind !== 'N' ? 0.6 : 0));

/** Frames to pixels. Where nothing happens for long, the axis is cut. */
function axisOf(lines, spans) {
  const occupied = new Set([0]);
  let end = 0;
  for (const { events, length, from, to } of lines) {
    for (const { frame, members } of groupsOf(events)) {
      occupied.add(frame);
      end = Math.max(end, frame + widthOf(members));
    }
    for (const frame of [from, to ?? length]) occupied.add(frame);
  }
  for (const { from, to } of spans) for (const frame of [from, to ?? from]) occupied.add(frame);
  const frames = [...occupied].sort((a, b) => a - b);
  const first = frames[0];
  const last = Math.max(frames.at(-1), Math.ceil(end));
  const cuts = [];
  for (const [index, frame] of frames.entries()) {
    const next = frames[index + 1];
    if (next !== undefined && next - frame > longestGap) cuts.push({ from: frame + 1, to: next - 1 });
  }
  const at = (frame) => {
    let cells = frame - first;
    for (const { from, to } of cuts) cells -= Math.max(0, Math.min(frame, to) - from) * (1 - cutTo / (to - from));
    return cells * cell;
  };
  return { at, cuts, width: at(last) + cell };
}

const colours = 8;
const colourOf = (value) => [...value].reduce((sum, each) => sum * 31 + each.codePointAt(0), 0) % colours;

const duration = (ms) => (ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`);

function drawCuts(axis, left, y) {
  return axis.cuts.map(({ from, to }) => text(left + (axis.at(from) + axis.at(to) + cell) / 2, y, duration(to - from + 2), { class: 'time' })).join('');
}

function drawLine({ events, from, to }, axis, left, y) {
  const x = (frame) => left + axis.at(frame) + cell / 2;
  const final = events.find(({ kind }) => kind !== 'N');
  const groups = groupsOf(events);
  const finalGroup = groups.find(({ members }) => members.includes(final));
  const finalX = finalGroup === undefined ? undefined : x(finalGroup.frame) + (finalGroup.members.length > 1 ? (finalGroup.members.length - 2) * cell + cell * 0.8 : 0);
  const stop = finalX ?? (to === null ? left + axis.width : x(to));
  const drawn = [path(`M${x(from)} ${y}H${stop}`, { class: 'line' })];
  for (const cut of axis.cuts) {
    const middle = (x(cut.from) + x(cut.to)) / 2;
    if (middle < x(from) || middle > stop) continue;
    drawn.push(path(`M${middle - 5} ${y + 6}l4 -12h6l-4 12z`, { class: 'cut' }), path(`M${middle - 5} ${y + 6}l4 -12M${middle + 1} ${y + 6}l4 -12`, { class: 'line' }));
  }
  if (finalX === undefined && to === null) drawn.push(path(`M${stop - 5} ${y - 4}l5 4l-5 4`, { class: 'line' }));
  for (const { frame, members } of groups) {
    const values = members.filter(({ kind }) => kind === 'N');
    if (values.length > 1) drawn.push(tag('rect', { class: 'group', x: x(frame) - radius - 2.5, y: y - radius - 2.5, width: (values.length - 1) * cell + 2 * radius + 5, height: 2 * radius + 5, rx: radius + 2.5 }));
    for (const [index, value] of values.entries()) {
      const centre = x(frame) + index * cell;
      drawn.push(tag('circle', { class: `value v${colourOf(value.text)}`, cx: centre, cy: y, r: radius }), text(centre, y + 4, value.text, { class: 'letter' }));
    }
  }
  if (final?.kind === 'C') drawn.push(path(`M${finalX} ${y - 11}v22`, { class: 'end' }));
  if (final?.kind === 'E') drawn.push(path(`M${finalX - 7} ${y - 7}l14 14m0 -14l-14 14`, { class: 'error' }));
  return drawn;
}

/** A subscription: a caret where it begins, a bar where it is left. */
function drawSpan({ from, to }, axis, left, y) {
  const x = (frame) => left + axis.at(frame) + cell / 2;
  const stop = to === null ? left + axis.width : x(to);
  return [
    path(`M${x(from)} ${y}H${stop}`, { class: 'span' }),
    path(`M${x(from) - 4.5} ${y + 4}l4.5 -7l4.5 7z`, { class: 'caret' }),
    to === null ? path(`M${stop - 4} ${y - 3}l4 3l-4 3`, { class: 'left' }) : path(`M${stop} ${y - 5}v10`, { class: 'left' }),
  ];
}

const finalFrame = ({ events }) => events.find(({ kind }) => kind !== 'N')?.frame ?? null;

/** Subscriptions that do not overlap share a lane. */
function lanesOf(spans) {
  const lanes = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const free = lanes.find((lane) => (lane.at(-1).to ?? Infinity) < span.from);
    if (free === undefined) lanes.push([span]);
    else free.push(span);
  }
  return lanes;
}

/** What the letters stand for, as far as it fits on three lines a row. */
function legendOf(rows, width) {
  const lines = [];
  const seen = new Set();
  for (const { name, legend = [], kind } of rows) {
    const entries = legend.map(({ text: letterOf, value }) => `${letterOf}: ${value}`).filter((entry) => !seen.has(`${kind === 'result'} ${entry}`));
    for (const entry of entries) seen.add(`${kind === 'result'} ${entry}`);
    const own = [];
    for (const [index, entry] of entries.entries()) {
      const piece = index === entries.length - 1 ? entry : `${entry}, `;
      const line = own.at(-1);
      if (line !== undefined && (line.length + piece.length) * smallLetter <= width) own[own.length - 1] += piece;
      else if (own.length < 3) own.push(index === 0 && kind !== 'result' ? `${name} – ${piece}` : piece);
      else {
        own[own.length - 1] += '…';
        break;
      }
    }
    lines.push(...own);
  }
  return lines;
}

/** @param picture of a spec's record: `{ title, rows }` */
export function drawMarbles(picture) {
  const rows = picture.rows.map((row) => ({ ...row, name: nameOf(row) }));
  const spansOf = (row) => rows.filter(({ kind, of }) => kind === 'subscriptions' && rows[of] === row).flatMap(({ spans }) => spans);
  const sources = rows.filter(({ kind }) => kind === 'hot' || kind === 'cold');
  const results = rows.filter(({ kind }) => kind === 'result');
  // Subscriptions to what is no line of the picture, such as the calls of a database.
  const apart = rows.filter(({ kind, of, spans }) => kind === 'subscriptions' && of === null && spans.length > 0);
  const drawnRows = [...sources, ...results].map((row) => ({ row, lines: linesOf(row) })).filter(({ lines }) => lines.length > 0);
  const axis = axisOf(drawnRows.flatMap(({ lines }) => lines), rows.flatMap(({ spans = [], span }) => [...spans, span ?? []].flat()));

  const names = [...drawnRows.map(({ row }) => row).filter(({ kind }) => kind !== 'result'), ...apart].map(({ name }) => name);
  const left = margin + Math.max(...names.map((name) => name.length * letter + 10), 0);
  const boxes = results.map(({ name }) => name.length * letter + 2 * margin + 24);
  const inner = Math.max(left + axis.width + margin, leastWidth, ...boxes);
  const legend = legendOf(rows, inner - 2 * margin);
  const width = Math.max(inner, ...legend.map((line) => line.length * smallLetter + 2 * margin));

  let body = '';
  let y = margin;
  const drawLanes = (spans, offset) => {
    for (const lane of lanesOf(spans)) {
      for (const span of lane) body += drawSpan(span, axis, left, y + offset).join('');
      y += spanHeight;
    }
  };
  if (axis.cuts.length > 0) {
    body += drawCuts(axis, left, y + 6);
    y += 12;
  }
  for (const { row, lines } of drawnRows) {
    const isResult = row.kind === 'result';
    if (isResult) {
      body += tag('rect', { class: 'box', x: margin, y: y + 6, width: width - 2 * margin, height: 24, rx: 4 }) + text(width / 2, y + 22, row.name, { class: 'code' });
      y += boxHeight;
    }
    for (const [index, line] of lines.entries()) {
      const middle = y + lineHeight / 2;
      if (!isResult) body += text(left - 10, middle + 4, row.name, { class: 'name' });
      body += drawLine(line, axis, left, middle).join('');
      y += lineHeight;
      // Each line of a cold source is one subscription.
      const spans = row.kind === 'cold' ? spansOf(row).slice(index, index + 1) : spansOf(row);
      drawLanes(isResult && row.span !== null ? [{ from: row.span.from, to: row.span.to ?? finalFrame(line) }] : spans, 4);
    }
  }
  if (apart.length > 0) y += 6;
  for (const { name, spans } of apart) {
    body += text(left - 10, y + spanHeight / 2 + 4, name, { class: 'name' });
    drawLanes(spans, spanHeight / 2);
  }
  if (legend.length > 0) y += 8;
  for (const line of legend) {
    body += text(margin, y + 12, line, { class: 'legend' });
    y += legendHeight;
  }
  const size = { width: Math.ceil(width), height: Math.ceil(y + margin - 4) };
  const title = tag('title', {}, escape(picture.title));
  return tag('svg', { xmlns: 'http://www.w3.org/2000/svg', class: 'marbles', role: 'img', viewBox: `0 0 ${size.width} ${size.height}`, ...size }, title + body);
}
