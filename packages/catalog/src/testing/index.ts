/** What tests hold the catalog against. */
export {
  type CheckLimits,
  checkLinearizable,
  checkPartitions,
  type Model,
  type Operation,
  type Verdict,
} from './linear.ts';
export {
  type KeyAction,
  type KeyShown,
  type KvInput,
  type KvOutput,
  type KvState,
  kvModel,
} from './linear-kv.ts';
export { type NaiveApplied, NaiveState } from './naive-state.ts';
export { PowerFailure, type PowerPlan, SimulatedDisk } from './simulated-disk.ts';
