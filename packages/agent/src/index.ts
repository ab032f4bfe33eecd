export { type ExpressionEngine, loadExpressionEngine } from '@hobnob/gossip';
export type { CheckRegistration, ServiceRegistration } from './client/records.ts';
export { formatGoDuration, parseGoDuration } from './config/go-duration.ts';
export type { HostFacts } from './config/host-facts.ts';
export { mergeConfig } from './config/merge.ts';
export {
  type ConfigFile,
  type ConfigFormat,
  parseConfigFiles,
  parseConfigFilesInTurns,
} from './config/parse-files.ts';
export { type FoundFiles, readConfigFiles } from './config/read-files.ts';
export { resolveAgentOptions } from './config/resolve.ts';
export { parseServiceFiles } from './config/service-files.ts';
export { AgentError, type AgentErrorCode, AgentTypeError } from './errors.ts';
export { readHostFacts } from './io/host-facts.ts';
export { type ExportedEntries, type ExportedEntry, parseExportedEntries } from './kv-export.ts';
export type {
  AgentAddresses,
  AgentConfig,
  AgentOptions,
  AgentPortNumbers,
  CheckOptions,
  DefinitionOptions,
  HttpConfig,
  HttpListener,
  HttpOptions,
  JoinConfig,
  JoinOptions,
  LogFileConfig,
  LogLevel,
  LogOptions,
  PoolTiming,
  RaftSnapshotOptions,
  SidecarPortOptions,
} from './options.ts';
export type { AgentLogger, AgentPorts, GossipFactory, PoolName } from './ports.ts';
export { createAgent } from './start/create-agent.ts';
export type { TlsConfig, TlsOptions } from './tls/options.ts';
export type {
  Agent,
  AgentForceLeaveOptions,
  AgentJoinOptions,
  AgentReload,
  AgentRuntime,
  AgentStop,
} from './types.ts';
export type { WatchDefinition, WatchHandler } from './watches/definition.ts';
export type { HttpHandler } from './watches/http-handler-config.ts';
