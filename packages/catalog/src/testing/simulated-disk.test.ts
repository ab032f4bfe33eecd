import { describe, expect, test } from 'vitest';
import { logStoreContract, snapshotStoreContract } from '../../test/log-store-contract.ts';
import { PowerFailure, SimulatedDisk } from './simulated-disk.ts';

describe('the log of a simulated disk', () => {
  logStoreContract(async () => {
    const disk = new SimulatedDisk();
    return async () => disk.log();
  });
});

describe('the snapshots of a simulated disk', () => {
  snapshotStoreContract(async () => {
    const disk = new SimulatedDisk();
    return async () => disk.snapshots();
  });
});

test.each([true, false])(
  'a write at which the power fails is there as a whole or not at all: %s',
  async (isLastWritten) => {
    const disk = new SimulatedDisk();
    disk.restart({ failsAtWrite: 2, isLastWritten });
    const store = disk.log();
    await store.setHardState({ currentTerm: 1, votedFor: '' });
    await expect(store.setHardState({ currentTerm: 2, votedFor: '' })).rejects.toThrow(PowerFailure);
    await expect(store.setHardState({ currentTerm: 3, votedFor: '' })).rejects.toThrow(PowerFailure);
    disk.restart();
    expect(disk.log().hardState.currentTerm).toBe(isLastWritten ? 2 : 1);
  },
);
