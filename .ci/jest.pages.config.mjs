// The unit tests once more, on the build for pages: there the private members have short names, and the files another order.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import config from '../jest.config.js';

const rootDir = fileURLToPath(new URL('..', import.meta.url));
const built = readdirSync(`${rootDir}/dist/browser`, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.js'));
const names = built.map((path) => path.replace(/\.js$/, '')).join('|');
const unit = config.projects.find(({ displayName }) => displayName === 'unit');

export default {
  ...config,
  rootDir,
  projects: [
    {
      ...unit,
      rootDir,
      displayName: 'pages',
      transform: { ...unit.transform, '/dist/browser/.+\\.js$': ['@swc/jest', { jsc: { parser: { syntax: 'ecmascript' }, target: 'es2022' }, module: { type: 'commonjs' } }] },
      moduleNameMapper: {
        [`^(?:\\.\\./)+lib/(${names})\\.js$`]: '<rootDir>/dist/browser/$1.js',
        '^blissdata-rx/(browser|operators|kinds|testing)$': '<rootDir>/dist/browser/$1.js',
        ...unit.moduleNameMapper,
      },
    },
  ],
};
