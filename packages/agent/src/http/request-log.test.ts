import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { requestFields } from './request-log.ts';

test('a request whose socket a failed pipeline took is logged with that of its response', () => {
  const request = { method: 'PUT', url: '/v1/snapshot', socket: null } as unknown as IncomingMessage;
  const socket = { remoteAddress: '127.0.0.1', remotePort: 5 } as ServerResponse['socket'];
  expect(requestFields(request, { socket })).toEqual({
    method: 'PUT',
    url: '/v1/snapshot',
    from: '127.0.0.1:5',
  });
  expect(requestFields(request, { socket: null }).from).toBe('@');
});
