import { describe, expect, test } from 'vitest';
import { idOf } from '../../../test/support/ids.ts';
import type { StreamId } from '../../ids.ts';
import { OwnAddressCheck } from './own-address-check.ts';
import { OwnReachability } from './own-reach.ts';

const peer = { host: '10.0.0.2', port: 8301 };
const ours = '10.0.0.1';
const streamOf = (value: number) => idOf<StreamId>(value);
const stream = streamOf(1);
const intervalMs = 1_000;

describe('a check of our own address', () => {
  function checkWith(nacks: readonly number[], { streamFails }: { readonly streamFails: boolean }) {
    const check = new OwnAddressCheck(peer, stream);
    for (const seq of [1, 2, 3]) check.requested(seq);
    for (const seq of nacks) check.nacked(seq);
    check.streamFailed(streamFails ? stream : streamOf(2));
    return check;
  }

  test('asks the peer three times', () => {
    const check = new OwnAddressCheck(peer, stream);
    for (const seq of [1, 2, 3]) {
      expect(check.nextRequestTo).toEqual(peer);
      check.requested(seq);
    }
    expect(check.nextRequestTo).toBeUndefined();
  });

  test.each([
    ['two nacks and a stream that fails', [1, 3], true, ours, true],
    ['two nacks and a stream that works', [1, 3], false, ours, false],
    ['two nacks for an address that means the peer', [1, 3], false, '127.0.0.1', true],
    ['one nack that comes twice', [1, 1], true, ours, false],
    ['nacks for what was not asked', [7, 8], true, ours, false],
    ['no nack', [], true, ours, false],
  ] as const)('%s', (_what, nacks, streamFails, host, proves) => {
    expect(checkWith(nacks, { streamFails }).provesUnreached(host)).toBe(proves);
  });
});

describe('whether others reach us', () => {
  /** Has joined through the peer, and been found unreached by the check. */
  function unreached() {
    const reach = new OwnReachability();
    reach.checkBegun(peer, stream);
    for (const seq of [1, 2]) {
      reach.check?.requested(seq);
      reach.check?.nacked(seq);
    }
    reach.check?.streamFailed(stream);
    expect(reach.verdict).toBe('checking');
    expect(reach.checkTimedOut(ours)).toBe(true);
    expect(reach.verdict).toBe('unreached');
    return reach;
  }

  test('is checked with the peer of a join that another member answered', () => {
    const reach = new OwnReachability();
    for (const from of ['ourselves', 'unclear', 'no-answer', 'another'] as const) {
      reach.joinBegun(stream, peer);
      expect(reach.joinEnded(stream, from)).toEqual(from === 'another' ? peer : undefined);
    }
    expect(reach.joinEnded(stream, 'another')).toBeUndefined();
  });

  test('is not checked twice at once, nor when it is known', () => {
    const reach = new OwnReachability();
    reach.checkBegun(peer, stream);
    reach.joinBegun(streamOf(3), peer);
    expect(reach.joinEnded(streamOf(3), 'another')).toBeUndefined();
    reach.reached(0);
    reach.joinBegun(streamOf(4), peer);
    expect(reach.joinEnded(streamOf(4), 'another')).toBeUndefined();
  });

  test('is checked again while it is not so', () => {
    const reach = unreached();
    reach.joinBegun(streamOf(3), peer);
    expect(reach.joinEnded(streamOf(3), 'another')).toEqual(peer);
  });

  test('a check that proves nothing leaves it unknown', () => {
    const reach = new OwnReachability();
    reach.checkBegun(peer, stream);
    expect(reach.checkTimedOut(ours)).toBe(false);
    expect(reach.verdict).toBe('unknown');
  });

  test('claims are not refuted while it is not so, and the highest is known when it is', () => {
    const reach = unreached();
    expect(reach.claimed(5, 0, intervalMs)).toBe('withhold');
    expect(reach.claimed(4, 1, intervalMs)).toBe('withhold');
    expect(reach.reached(2)).toBe(5);
    expect(reach.reached(3)).toBeUndefined();
    expect(reach.claimed(5, 4, intervalMs)).toBe('refute');
  });

  test('claims after a refutation and ten silent intervals prove that it is not so', () => {
    const reach = new OwnReachability();
    expect(reach.claimed(1, 0, intervalMs)).toBe('refute');
    expect(reach.claimed(2, 9_999, intervalMs)).toBe('refute');
    expect(reach.claimed(3, 10_000, intervalMs)).toBe('withhold-from-now');
    expect(reach.claimed(4, 10_001, intervalMs)).toBe('withhold');
    expect(reach.verdict).toBe('unreached');
  });

  test('the first claim is refuted, however long the silence', () => {
    const reach = new OwnReachability();
    reach.reached(0);
    expect(reach.claimed(1, 60_000, intervalMs)).toBe('refute');
    expect(reach.claimed(2, 60_001, intervalMs)).toBe('withhold-from-now');
  });

  test('whoever reaches us ends the silence and the check', () => {
    const reach = new OwnReachability();
    reach.claimed(1, 0, intervalMs);
    reach.checkBegun(peer, stream);
    reach.reached(9_000);
    expect(reach.check).toBeUndefined();
    expect(reach.claimed(2, 18_999, intervalMs)).toBe('refute');
    expect(reach.checkTimedOut(ours)).toBe(false);
    expect(reach.verdict).toBe('reached');
  });
});
