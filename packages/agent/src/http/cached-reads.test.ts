import { expect, test } from 'vitest';
import { CachedReads } from './cached-reads.ts';

const any = { maxAgeSeconds: 0, mustRevalidate: false };

test('a question is known by what it asks, not by how it waits or who is near', () => {
  const cached = new CachedReads(() => 0);
  cached.add('Health.ServiceNodes', { ServiceName: 'web', MinQueryIndex: 0, AllowStale: false });
  const again = { ServiceName: 'web', MinQueryIndex: 7, AllowStale: true, Source: { Node: 'n1' } };
  expect(cached.isKnown('Health.ServiceNodes', again)).toBe(true);
  expect(cached.isKnown('Health.ServiceNodes', { ...again, ServiceName: 'api' })).toBe(false);
  expect(cached.isKnown('Catalog.ServiceNodes', again)).toBe(false);
});

test('an answer has an age until it is asked for anew', () => {
  let nowMs = 0;
  const cached = new CachedReads(() => nowMs);
  const headers = (control = any) => cached.headersOf('Catalog.ListDatacenters', {}, control).join(' ');
  expect(headers()).toBe('X-Cache MISS');
  nowMs = 2_500;
  expect(headers()).toBe('X-Cache HIT Age 2');
  expect(headers({ ...any, maxAgeSeconds: 3 })).toBe('X-Cache HIT Age 2');
  expect(headers({ ...any, maxAgeSeconds: 2 })).toBe('X-Cache MISS');
  expect(headers()).toBe('X-Cache HIT Age 0');
  expect(headers({ ...any, mustRevalidate: true })).toBe('X-Cache MISS');
});

test('questions are bounded in number', () => {
  const cached = new CachedReads(() => 0);
  for (let i = 0; i <= 10_000; i += 1) cached.add('Health.ServiceNodes', { ServiceName: `s${i}` });
  expect(cached.isKnown('Health.ServiceNodes', { ServiceName: 's0' })).toBe(false);
  expect(cached.isKnown('Health.ServiceNodes', { ServiceName: 's10000' })).toBe(true);
});
