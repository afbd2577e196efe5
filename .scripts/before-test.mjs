// Lets `npm test` stand alone: in a fresh clone it installs first, which builds, too; otherwise it builds what has changed.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const installed = existsSync('node_modules/.package-lock.json');
if (!installed) console.error('Installing the packages of package-lock.json (npm ci)');
execFileSync('npm', installed ? ['run', 'build'] : ['ci', '--no-audit', '--no-fund'], { stdio: 'inherit', shell: process.platform === 'win32' });
