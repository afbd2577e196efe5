#!/usr/bin/env node
/** The command `blissdata-rx`. */
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from 'commander';
import * as O from 'fp-ts/lib/Option.js';
import { packageFolder } from '../server/package-folder.js';
import { reportError } from './report-error.js';
import { demoCommand } from './demo/demo-command.js';
import { gatewayCommand } from './gateway.js';
import { serveCommand } from './serve.js';
import { trackMemoryCommand } from './track-memory.js';

const installed = packageFolder(dirname(realpathSync(process.argv[1] ?? '.')));

new Command('blissdata-rx')
  .description('blissdata on RxJS: scans and streams of running experiments')
  .version(O.isSome(installed) ? installed.value.version : 'unknown')
  .addCommand(serveCommand())
  .addCommand(demoCommand())
  .addCommand(trackMemoryCommand())
  .addCommand(gatewayCommand())
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = reportError(error);
  });
