export {
  checkConverged,
  type FailureSeen,
  type FailureWatch,
  findGhosts,
  type Ghost,
  watchFailures,
} from './checkers.ts';
export type {
  MemberOptions,
  PoolEvent,
  RestartOptions,
  SimulationOptions,
  TestCluster,
  TestClusterOptions,
} from './cluster-interface.ts';
export { createTestCluster } from './create-test-cluster.ts';
export {
  block,
  delay,
  duplicate,
  type Link,
  loss,
  onLink,
  partition,
  type Rule,
  streamsOnly,
  type Transfer,
  udpOnly,
  type Verdict,
} from './fault-rules.ts';
export {
  checkFresh,
  findStale,
  type Regression,
  type RegressionWatch,
  type StaleView,
  watchRegressions,
} from './freshness.ts';
export { exponentialMs, type LatencyDistribution, latency, logNormalMs, normalMs } from './latency.ts';
export { PausableClock } from './pausable-clock.ts';
export type { Replay } from './replay.ts';
export { type SeededRng, seededEntropy, seededRng } from './seeded-rng.ts';
export { type SimHost, type SimHostOptions, SimNetwork, type SimNetworkOptions } from './sim-network.ts';
export type { SimNetworkStats, TransferListener } from './sim-wire.ts';
export { freshSeeds, simulate } from './simulate.ts';
export { SimulationError } from './simulation-error.ts';
export { type SlowMemberOptions, slowMember } from './slow-member.ts';
export { VirtualClock, type VirtualClockOptions } from './virtual-clock.ts';
