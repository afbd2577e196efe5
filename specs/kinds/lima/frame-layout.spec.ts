/** Where Lima puts frames: the arithmetic compared with that of Python's client, for random parameters. */
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as O from 'fp-ts/lib/Option.js';
import { filePath } from '../../../lib/kinds/lima/file-template.js';
import { fileNumberOf, lastFrameInCompleteFile, placeOfFrame } from '../../../lib/kinds/lima/frame-layout.js';
import { pythonWith } from '../../support/python.js';

const templates = ['/data/lima_%04d.h5', '%d', '/a%%b/%03d', '/x/%5d.edf', '/x/%-6d.edf', '/x/%+d', '/x/% 05d.h5', '/x/%i_%%d.h5', '/x/%.3d.h5'];

interface Case {
  readonly framesPerAcquisition: number;
  readonly framesPerFile: number;
  readonly fileOffset: number;
  readonly saved: boolean;
  readonly template: string;
  readonly lastSaved: number;
  readonly frames: readonly number[];
}

const seed = Number(process.env['LIMA_SEED'] ?? Date.now() % 1_000_000);
let state = seed;
const upTo = (limit: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
};

function aCase(): Case {
  const saved = upTo(4) > 0;
  return {
    framesPerAcquisition: upTo(6) === 0 ? 0 : upTo(30),
    // Python's client refuses saved files of 0 frames.
    framesPerFile: saved ? 1 + upTo(12) : 0,
    fileOffset: upTo(100),
    saved,
    template: templates[upTo(templates.length)] ?? '%d',
    lastSaved: upTo(120) - 1,
    frames: Array.from({ length: 8 }, () => upTo(150)),
  };
}

const cases = Array.from({ length: 600 }, aCase);
let answers: readonly { readonly last: { readonly open: number; readonly sealed: number }; readonly frames: readonly unknown[] }[];

beforeAll(async () => {
  const python = await pythonWith('2.4.5');
  const { code, stdout, stderr } = await python.run(resolve('specs/kinds/lima/python/frames.py'), [], { input: JSON.stringify(cases) });
  if (code !== 0) throw new Error(stderr);
  answers = JSON.parse(stdout);
}, 60_000);

describe(`the frames of random Lima streams (LIMA_SEED=${seed})`, () => {
  it('lie where Python says', () => {
    const ours = cases.map(({ frames, saved, fileOffset, template, ...layout }) =>
      frames.map((frame) => {
        const { acquisition, fileInAcquisition, frameInFile } = placeOfFrame(layout, frame);
        const path = O.toNullable(filePath(template, fileNumberOf(layout, fileOffset, frame)));
        return saved ? [acquisition, fileInAcquisition, frameInFile, path, frameInFile] : [acquisition, fileInAcquisition, frameInFile, null, null];
      }),
    );
    expect(ours).toEqual(answers.map(({ frames }) => frames));
  });

  it('can be read from files as far as Python says', () => {
    const last = cases.map(({ lastSaved, ...layout }) => ({ open: lastFrameInCompleteFile(layout, lastSaved, false), sealed: lastFrameInCompleteFile(layout, lastSaved, true) }));
    expect(last).toEqual(answers.map((answer) => answer.last));
  });
});

describe('the path of a file', () => {
  it.each(['/data/lima.h5', '/data/%d/%d', '/data/%s', '/data/100%', '/data/%5', '/data/%1000000000d', '/data/%.999999999d'])('is none for %s, which does not take one integer, or makes too much of it', (template) => {
    expect(filePath(template, 1)).toEqual(O.none);
  });
});
