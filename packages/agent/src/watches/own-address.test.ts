import { expect, test } from 'vitest';
import { ownAddress } from './own-address.ts';

test.each([
  [['https://127.0.0.1:8501', 'http://0.0.0.0:8500'], 'http://127.0.0.1:8500'],
  [['unix:///a.sock', 'https://0.0.0.0:8501'], 'https://127.0.0.1:8501'],
  [['http://10.0.0.1:8500'], 'http://10.0.0.1:8500'],
  [['http://0.0.0.0:8500'], 'http://127.0.0.1:8500'],
  [['http://[::]:8500'], 'http://[::1]:8500'],
  [['http://0.0.0.0:8500', 'http://[::1]:8500'], 'http://[::1]:8500'],
  [['unix:///run/a.sock', 'http://0.0.0.0:1'], 'http://127.0.0.1:1'],
  [['unix:///run/a.sock'], 'unix:///run/a.sock'],
  [[], undefined],
])('an agent that listens at %j asks itself at %s', (urls, address) => {
  expect(ownAddress(urls)).toBe(address);
});
