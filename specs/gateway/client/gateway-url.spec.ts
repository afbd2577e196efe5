/** The URLs of gateways: what becomes of them, and that nothing secret in them is shown. */
import { describe, expect, it } from '@jest/globals';
import { isLeft } from 'fp-ts/lib/Either.js';
import { gatewayUrl, isGatewayUrl } from '../../../lib/gateway/client/gateway-url.js';

describe('the URL of a gateway', () => {
  it.each([
    ['ws://host', 'ws://host/v1/socket'],
    ['wss://host:8765/', 'wss://host:8765/v1/socket'],
    ['http://127.0.0.1:8765', 'ws://127.0.0.1:8765/v1/socket'],
    ['HTTPS://Host/bliss', 'wss://host/bliss/v1/socket'],
    ['wss://host/bliss/v1/socket', 'wss://host/bliss/v1/socket'],
    ['ws://[::1]:8765/#there', 'ws://[::1]:8765/v1/socket'],
  ])('%s is the socket %s', (url, socket) => {
    expect(isGatewayUrl(url)).toBe(true);
    expect(gatewayUrl(url)).toMatchObject({ right: socket });
  });

  it.each([
    ['wss://user:secret@host', 'wss://...'],
    ['wss://host/?token=secret', 'wss://...'],
    ['wss://', 'wss://...'],
    ['ws://secret host', 'ws://...'],
    ['redis://:secret@host', 'redis://...'],
    ['secret', 'a text that is not a URL'],
    [undefined, 'undefined'],
    [{ secret: true }, 'object'],
  ])('is not %p, of which %p is shown', (url, received) => {
    const parsed = gatewayUrl(url);
    const error = isLeft(parsed) ? parsed.left : undefined;
    expect(error).toMatchObject({ _tag: 'InvalidUrl', received });
    expect(error?.message).not.toContain('secret');
  });

  it.each(['redis://host', 'unix:///run/redis.sock', 'wss:host', '', undefined])('is not meant by %p', (url) => {
    expect(isGatewayUrl(url)).toBe(false);
  });
});
