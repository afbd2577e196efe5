/** Telling errors apart. */
import { describe, expect, it } from '@jest/globals';
import { blissdataError, foldError, isAccessDenied, isBlissdataError, isGatewayLimit, isGatewayMismatch, isScanNotFound } from '../../lib/model/errors.js';

const deleted = blissdataError('ScanNotFound', { key: 'esrf:scan:1' });
const busy = blissdataError('ServerBusy', { command: 'XADD', code: 'LOADING', reply: 'LOADING Redis is loading' });

describe('isBlissdataError', () => {
  it('without a tag takes any error of this package, and nothing else', () => {
    expect([deleted, busy].map((error) => isBlissdataError(error))).toEqual([true, true]);
    expect([new Error('ScanNotFound'), { _tag: 'ScanNotFound' }, 'ScanNotFound', null, undefined].map((error) => isBlissdataError(error))).toEqual([false, false, false, false, false]);
  });

  it('with tags takes errors of these tags alone', () => {
    expect(isBlissdataError(deleted, 'ScanNotFound')).toBe(true);
    expect(isBlissdataError(busy, 'ScanNotFound')).toBe(false);
    expect([deleted, busy].map((error) => isBlissdataError(error, 'Disconnected', 'ServerBusy'))).toEqual([false, true]);
    expect(isBlissdataError({ _tag: 'ScanNotFound', key: 'k' }, 'ScanNotFound')).toBe(false);
  });

  it('takes an error of the other build, which has a class of its own', () => {
    const other = Object.assign(new Error('x'), { name: 'BlissdataError', _tag: 'ScanNotFound', retriable: false, key: 'k' });
    expect([isBlissdataError(other), isBlissdataError(other, 'ScanNotFound'), isScanNotFound(other)]).toEqual([true, true, true]);
  });
});

describe('errors of a gateway', () => {
  const url = 'wss://id10.example.org/blissdata';

  it.each([
    [blissdataError('AccessDenied', { url, reason: 'the token has expired' }), isAccessDenied, `The gateway at ${url} denied access: the token has expired`],
    [blissdataError('GatewayLimit', { what: 'requests under way', limit: 64 }), isGatewayLimit, 'The gateway allows at most 64 requests under way'],
    [blissdataError('GatewayMismatch', { url, expected: '1', found: '2' }), isGatewayMismatch, `The gateway at ${url} uses protocol 2, this package supports 1`],
  ])('%s', (error, guard, message) => {
    expect(error.message).toBe(message);
    expect(error.retriable).toBe(false);
    expect(guard(error)).toBe(true);
    expect(guard(deleted)).toBe(false);
    expect(foldError(error, { ScanNotFound: () => 'a scan', otherwise: (e) => e._tag })).toBe(error._tag);
  });
});
