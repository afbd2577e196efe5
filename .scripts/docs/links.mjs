// Links of the generated pages: every relative one leads to a file, and to an id in it.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const entities = { '&amp;': '&', '&quot;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>' };
const decode = (text) => decodeURIComponent(text.replace(/&(?:amp|quot|#39|lt|gt);/g, (entity) => entities[entity]));

export function brokenLinks(folder) {
  const pages = new Map();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (path.endsWith('.html')) pages.set(resolve(folder, path), readFileSync(join(folder, path), 'utf8'));
  }
  const ids = new Map([...pages].map(([path, html]) => [path, new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => decode(id)))]));
  const problems = [];
  for (const [page, html] of pages) {
    for (const [, link] of html.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      if (/^(?:[a-z][a-z+.-]*:|\/\/)/i.test(link)) continue;
      const [, path, anchor] = /^([^?#]*)(?:\?[^#]*)?(?:#(.*))?$/.exec(link);
      const target = path === '' ? page : resolve(dirname(page), decode(path));
      const there = statSync(target, { throwIfNoEntry: false })?.isFile() === true;
      if (!there || (anchor && ids.has(target) && !ids.get(target).has(decode(anchor)))) problems.push(`${relative(folder, page)}: the link ${link} leads nowhere`);
    }
  }
  return [...new Set(problems)];
}
