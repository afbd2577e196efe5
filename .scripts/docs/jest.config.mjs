// The executable marbles, with their diagrams on record.
import config from '../../jest.config.js';

const unit = config.projects.find(({ displayName }) => displayName === 'unit');

export default { ...unit, rootDir: '../..', testMatch: ['<rootDir>/marbles/**/*.spec.ts'], setupFilesAfterEnv: ['<rootDir>/.scripts/docs/record-marbles.cjs'] };
