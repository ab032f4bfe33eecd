import { expect, test } from 'vitest';
import { mergeConfig } from './merge.ts';

test('flags win over files, their lists come first, and maps are merged', () => {
  const files = {
    nodeName: 'file',
    server: true,
    lanJoin: { retryJoin: ['f'], retryMaxAttempts: 1 },
    ports: { http: 1 },
  };
  const flags = { nodeName: 'flag', lanJoin: { retryJoin: ['g'] }, ports: { dns: 2 } };
  expect(mergeConfig(files, flags)).toEqual({
    nodeName: 'flag',
    server: true,
    lanJoin: { retryJoin: ['g', 'f'], retryMaxAttempts: 1 },
    ports: { http: 1, dns: 2 },
  });
});

test('neither side is changed', () => {
  const files = { retry: ['a'], ports: { http: 1 } };
  mergeConfig(files, { ports: { http: 2 } });
  expect(files).toEqual({ retry: ['a'], ports: { http: 1 } });
});
