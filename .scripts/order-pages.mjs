// Looks for an order of the files in a page's bundle that gzip makes less of, and writes it into .scripts/page-order.txt, where the build reads
// it. The order changes sizes and nothing else, so there is no need to run this after each change. Usage: after a build,
// node .scripts/order-pages.mjs [seconds]
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';

const seconds = Number(process.argv[2] ?? 180);
const folder = 'dist/browser/';
const options = { stdin: { contents: `import * as used from './${folder}browser.js'; console.log(used);`, resolveDir: process.cwd() }, bundle: true, format: 'esm', write: false, platform: 'browser', metafile: true };

/** The minified text of each file, in the order of the bundle. */
async function minifiedFiles() {
  const { outputFiles, metafile } = await build({ ...options, minifyIdentifiers: true, minifySyntax: true });
  const [text] = outputFiles[0].text.split(/^export \{/m);
  const files = text.split(/^(?=\/\/ (?:node_modules|dist\/browser|<stdin>))/m).filter((part) => part.startsWith('//'));
  const minified = files.map(async (part) => ({ path: part.slice(3, part.indexOf('\n')), text: (await transform(part, { minifyWhitespace: true })).code.trimEnd() }));
  return { files: await Promise.all(minified), imports: new Map(Object.entries(metafile.inputs).map(([path, input]) => [path, input.imports.map((each) => each.path)])) };
}

const { files, imports } = await minifiedFiles();
const isOurs = ({ path }) => path.startsWith(folder) && !/^dist\/browser\/(?:libraries\/|browser\.js|dispose-symbols\.js)/.test(path);
const first = files.findIndex(isOurs);
const last = files.findLastIndex(isOurs);
const others = (part) => part.filter((file) => !isOurs(file));

const size = (order) => gzipSync([...others(files.slice(0, last)), ...order, ...others(files.slice(last))].map(({ text }) => text).join(''), { level: 9 }).length;

/** Bundlers put a file behind those it imports. */
function isPossible(order) {
  const places = new Map(order.map(({ path }, place) => [path, place]));
  return order.every(({ path }, place) => imports.get(path).every((target) => (places.get(target) ?? -1) < place));
}

const below = (limit) => Math.floor(Math.random() * limit);

/** With some neighbours moved elsewhere. */
function changed(order) {
  const next = [...order];
  const moved = next.splice(below(order.length), Math.random() < 0.6 ? 1 : 1 + below(8));
  next.splice(below(next.length + 1), 0, ...moved);
  return next;
}

let best = files.filter(isOurs);
let least = size(best);
console.log(`${least} bytes of gzip, ${best.length} files from place ${first}`);
const end = Date.now() + seconds * 1000;
while (Date.now() < end) {
  const order = changed(best);
  if (!isPossible(order)) continue;
  const bytes = size(order);
  if (bytes > least) continue;
  if (bytes < least) console.log(`${bytes} bytes`);
  best = order;
  least = bytes;
}
writeFileSync('.scripts/page-order.txt', best.map(({ path }) => `${path.slice(folder.length)}\n`).join(''));
