/** The contract of the database ports: one suite that every implementation has to pass. */
import { afterEach, beforeEach, describe } from '@jest/globals';
import { closingContract } from './closing.contract.js';
import { deletionContract } from './deletion.contract.js';
import { historyContract } from './history.contract.js';
import { hostileSearchContract } from './hostile-search.contract.js';
import { interleavingContract } from './interleaving.contract.js';
import type { Opened } from './opened.js';
import { plainAnswersContract } from './plain-answers.contract.js';
import { readingContract } from './reading.contract.js';
import { requestsContract } from './requests.contract.js';
import { scansContract } from './scans.contract.js';
import { searchContract } from './search.contract.js';
import { invalidationsContract } from './invalidations.contract.js';
import { writingTogetherContract } from './writing-together.contract.js';
import { writingContract } from './writing.contract.js';

export type { Opened,  } from './opened.js';

/**
 * Runs the contract.
 *
 * @param open makes two clients of one database that is initialised and otherwise empty; called before every test
 */
export function databaseContract(name: string, open: () => Promise<Opened>): void {
  describe(name, () => {
    let opened: Opened | undefined;

    beforeEach(async () => {
      opened = await open();
    });

    afterEach(async () => {
      await opened?.close();
      opened = undefined;
    });

    const use = (): Opened => {
      if (opened === undefined) throw new Error('no database was opened');
      return opened;
    };
    readingContract(use);
    requestsContract(use);
    writingContract(use);
    writingTogetherContract(use);
    scansContract(use);
    historyContract(use);
    deletionContract(use);
    searchContract(use);
    hostileSearchContract(use);
    invalidationsContract(use);
    interleavingContract(use);
    plainAnswersContract(use);
    closingContract(use);
  });
}
