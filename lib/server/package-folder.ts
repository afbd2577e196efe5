/** Finds the folder of this package, a checkout or an installation, at or above a given folder. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as O from 'fp-ts/lib/Option.js';
import * as t from 'io-ts';

const OurPackage = t.type({ name: t.literal('blissdata-rx'), version: t.string });

export interface PackageFolder {
  readonly folder: string;
  readonly version: string;
}

/** The nearest folder, `from` itself or one above it, whose package.json is blissdata-rx's. */
export function packageFolder(from: string): O.Option<PackageFolder> {
  const here = pipe(
    E.tryCatch((): unknown => JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')), E.toError),
    O.fromEither,
    O.chain((json) => O.fromEither(OurPackage.decode(json))),
    O.map(({ version }) => ({ folder: from, version })),
  );
  const parent = dirname(from);
  return O.isSome(here) || parent === from ? here : packageFolder(parent);
}
