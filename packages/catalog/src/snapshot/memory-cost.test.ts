import { expect, test } from 'vitest';
import { registration } from '../../test/requests.ts';
import { newMap } from '../go/json-value.ts';
import { create, DirEntry, Session } from '../records/index.ts';
import { entryCost, foreignCost, namedCost, registrationCost, sessionCost } from './memory-cost.ts';

const entry = (over: Partial<DirEntry>): number => entryCost(create(DirEntry, { Key: 'k', ...over }));

/** As it is decoded. */
function mapOf(names: readonly string[]): Readonly<Record<string, string>> {
  const map = newMap<string>();
  for (const name of names) map[name] = '';
  return map;
}

test('large values count with all of their bytes', () => {
  expect(entry({ Value: new Uint8Array(1_000_000) }) - entry({})).toBeGreaterThanOrEqual(1_000_000);
  expect(foreignCost(1_000_000)).toBeGreaterThanOrEqual(1_000_000);
});

test('rows of empty records cost what a row costs, and not what their bytes do', () => {
  expect(entry({ Key: '' })).toBeGreaterThanOrEqual(300);
  expect(namedCost('')).toBeGreaterThanOrEqual(300);
  expect(registrationCost(registration({ node: '' }))).toBeGreaterThanOrEqual(1000);
});

test('what a record holds many of counts each time', () => {
  const tags = (count: number) =>
    registrationCost(
      registration({ node: 'n', service: { Tags: Array.from({ length: count }, () => 'tag') } }),
    );
  expect(tags(1000) - tags(0)).toBeGreaterThanOrEqual(1000 * 50);
  const meta = (count: number) =>
    registrationCost(
      registration({ node: 'n', meta: mapOf(Array.from({ length: count }, (_, at) => `${at}`)) }),
    );
  expect(meta(1000) - meta(0)).toBeGreaterThanOrEqual(1000 * 80);
  const checks = (count: number) =>
    sessionCost(create(Session, { NodeChecks: Array.from({ length: count }, () => 'c') }));
  expect(checks(1000) - checks(0)).toBeGreaterThanOrEqual(1000 * 300);
});

test('a key that a session holds stands in one table more', () => {
  expect(entry({ Session: 's' })).toBeGreaterThan(entry({}) + 200);
});
