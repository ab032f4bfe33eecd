export {
  type Agent,
  type AgentForceLeaveOptions,
  type AgentJoinOptions,
  type AgentRuntime,
  type AgentStop,
  createAgent,
} from './agent.ts';
export { AgentError, type AgentErrorCode } from './errors.ts';
export type {
  AgentConfig,
  AgentOptions,
  AgentPortNumbers,
  HttpListener,
  JoinConfig,
  JoinOptions,
  LogLevel,
  LogOptions,
  PoolTiming,
} from './options.ts';
export type { AgentLogger, AgentPorts, GossipFactory, PoolName } from './ports.ts';
