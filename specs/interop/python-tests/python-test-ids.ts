/** Which tests the Python package has of what this package does as well. */
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { pythonWith } from '../../support/python.js';

/** The version whose tests are the list of behaviours. */
const listed = '2.4.5';
/** The rest of its tests is of parts that are out of scope here: h5api, h5map, beacon, and the client of Lima servers. */
const folders = ['redis_engine', 'streams'];

const script = fileURLToPath(new URL('../python/test_ids.py', import.meta.url));

/** Such as `streams/encoding/test_json.py::test_encode_decode`; a test with parameters counts once. */
export async function pythonTestIds(): Promise<readonly string[]> {
  const { code, stdout, stderr } = await (await pythonWith(listed)).run(script, folders);
  const ids = t.array(t.string).decode(code === 0 ? JSON.parse(stdout) : stderr);
  if (E.isLeft(ids) || ids.right.length === 0) throw new Error(`Python did not say which tests blissdata ${listed} has: ${stdout}${stderr}`);
  return ids.right;
}
