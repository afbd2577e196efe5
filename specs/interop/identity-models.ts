/** An identity model of another institute: the twin of the one in python/stores.py. */
import { identityModel } from '../../lib/index.js';

export const Lab = identityModel('lab', { name: 'text', sample: 'text?', run: 'integer' });
