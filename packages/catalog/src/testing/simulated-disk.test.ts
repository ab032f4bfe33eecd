import { describe } from 'vitest';
import { logStoreContract, snapshotStoreContract } from '../../test/log-store-contract.ts';
import { SimulatedDisk } from './simulated-disk.ts';

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
