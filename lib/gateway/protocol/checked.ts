/** What both ends check alike. */
import * as t from 'io-ts';
import { arrayOf } from '../../wire/codecs.js';

/** An index, a length, a number of bytes. */
export const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** Keys of the database. */
export const Keys = arrayOf('keys', t.string.is);
