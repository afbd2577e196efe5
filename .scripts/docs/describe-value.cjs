// Says in one short line what a value of a diagram is.
'use strict';

const longest = 100;

const cut = (text) => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text);
const list = (values) => `[${Array.from(values).slice(0, 9).map(inside).join(', ')}${values.length > 9 ? ', …' : ''}]`;

function inside(value) {
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) return list(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (typeof value._tag === 'string' && (value instanceof Error || 'message' in value)) return value._tag;
  if (value instanceof Error) return value.message;
  // Jest's matchers, such as `expect.objectContaining`.
  if (typeof value.asymmetricMatch === 'function') return inside(value.sample);
  if ('dtype' in value && 'shape' in value && 'data' in value) return list(value.data);
  if (value instanceof Map) return `{ ${[...value].map(([key, each]) => `${inside(key)} => ${inside(each)}`).join(', ')} }`;
  return `{ ${Object.entries(value).map(([key, each]) => `${key}: ${inside(each)}`).join(', ')} }`;
}

exports.describeValue = (value) => cut(typeof value === 'string' && value !== '' ? value : inside(value));
