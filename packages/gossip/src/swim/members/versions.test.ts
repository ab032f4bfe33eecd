import { describe, expect, test } from 'vitest';
import { serfVersions } from '../../../test/support/swim-fixture.ts';
import { findIncompatible } from './versions.ts';

const consul = { name: 'consul', versions: { ...serfVersions, delegateCur: 4 } };
const serf = { name: 'serf', versions: serfVersions };

describe('version negotiation, gossip.md 2.14', () => {
  test('finds nothing wrong with serf and Consul agents side by side', () => {
    expect(findIncompatible([serf, consul], [serf, consul], serfVersions)).toEqual([]);
  });

  test('names a candidate with a version that a live member does not understand', () => {
    const narrow = { name: 'narrow', versions: { ...serfVersions, delegateMax: 5, delegateMin: 5 } };
    expect(findIncompatible([serf, consul, narrow], [narrow], serfVersions)).toEqual([
      { name: 'consul', reason: 'its delegate protocol version 4 is outside [5, 5]' },
    ]);
    const modern = { name: 'modern', versions: { ...serfVersions, protocolCur: 5 } };
    const old = { name: 'old', versions: { ...serfVersions, protocolMax: 4 } };
    expect(findIncompatible([modern], [old, modern], serfVersions)).toEqual([
      { name: 'modern', reason: 'its protocol version 5 is outside [1, 4]' },
    ]);
  });

  test('names a candidate that does not understand us, and does not let it narrow the range', () => {
    const demanding = { name: 'demanding', versions: { ...serfVersions, protocolMin: 3, protocolCur: 3 } };
    expect(findIncompatible([serf, demanding], [serf, demanding], serfVersions)).toEqual([
      { name: 'demanding', reason: 'it does not understand the protocol versions that we speak' },
    ]);
  });

  test('names a candidate without usable versions, and does not let it narrow the range', () => {
    const zeros = {
      name: 'zeros',
      versions: {
        protocolMin: 0,
        protocolMax: 0,
        protocolCur: 0,
        delegateMin: 0,
        delegateMax: 0,
        delegateCur: 0,
      },
    };
    const found = findIncompatible([serf, { name: 'none' }, zeros], [zeros, { name: 'none' }], serfVersions);
    expect(found.map(({ name }) => name)).toEqual(['none', 'zeros']);
  });
});
