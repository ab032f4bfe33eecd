export {
  checkConverged,
  type FailureSeen,
  type FailureWatch,
  findGhosts,
  type Ghost,
  watchFailures,
} from './checkers.ts';
export {
  block,
  delay,
  duplicate,
  loss,
  partition,
  type Rule,
  streamsOnly,
  type Transfer,
  udpOnly,
  type Verdict,
} from './fault-rules.ts';
export { exponentialMs, type LatencyDistribution, latency, logNormalMs, normalMs } from './latency.ts';
export { PausableClock } from './pausable-clock.ts';
export { type SeededRng, seededEntropy, seededRng } from './seeded-rng.ts';
export { type SimHost, type SimHostOptions, SimNetwork, type SimNetworkOptions } from './sim-network.ts';
export type { SimNetworkStats } from './sim-wire.ts';
export { SimulationError, type SimulationOptions, simulate } from './simulate.ts';
export { type SlowMemberOptions, slowMember } from './slow-member.ts';
export { createTestCluster, type TestCluster, type TestClusterOptions } from './test-cluster.ts';
export { VirtualClock, type VirtualClockOptions } from './virtual-clock.ts';
