import type {
  AgentCheck as AgentCheckShape,
  AgentServiceChecksInfo as AgentServiceChecksInfoShape,
  AgentService as AgentServiceShape,
  CheckDefinition as CheckDefinitionShape,
  CheckServiceNode as CheckServiceNodeShape,
  CheckType as CheckTypeShape,
  CoordinateUpdateRequest as CoordinateUpdateShape,
  DeregisterRequest as DeregisterShape,
  HealthCheck as HealthCheckShape,
  NodeService as NodeServiceShape,
  NodeRecord as NodeShape,
  RegisterRequest as RegisterShape,
  ServiceDefinition as ServiceDefinitionShape,
  ServiceNode as ServiceNodeShape,
} from '@hobnob/catalog/records';
import type { Answered, Sent } from './answered.ts';

/** A node of the catalog. */
export interface CatalogNode extends Answered<typeof NodeShape> {}
/** A service instance with its node, in one record, as the catalog lists it. */
export interface CatalogServiceInstance extends Answered<typeof ServiceNodeShape> {}
/** A service instance of one node. */
export interface NodeServiceRecord extends Answered<typeof NodeServiceShape> {}
/** A node and its service instances by id. */
export interface NodeServicesById {
  readonly Node: CatalogNode;
  readonly Services: Readonly<Record<string, NodeServiceRecord>> | null;
}
/** A node and its service instances; both null for an unknown node. */
export interface NodeServiceList {
  readonly Node: CatalogNode | null;
  readonly Services: readonly NodeServiceRecord[] | null;
}
/** The state of one check. */
export interface HealthCheckRecord extends Answered<typeof HealthCheckShape> {}
/** A service instance with its node and the checks of both. */
export interface HealthyInstance extends Answered<typeof CheckServiceNodeShape> {}
/** A service as its own agent answers with it. */
export interface AgentServiceRecord extends Answered<typeof AgentServiceShape> {}
/** A service of an agent with its checks; the status is the worst of theirs, or `maintenance`. */
export interface AgentServiceHealth extends Answered<typeof AgentServiceChecksInfoShape> {}
/** What agents of ours tell about their own checks besides: `LastCheckTime`, `LastChangeTime`, `Transitions`. */
type CheckHistory = Partial<Omit<Answered<typeof AgentCheckShape>, keyof HealthCheckRecord>>;
/** A check as its own agent answers with it. A real Consul leaves its history out. */
export interface AgentCheckRecord extends HealthCheckRecord, CheckHistory {}
/** A user event that an agent has received. */
export interface UserEventRecord {
  readonly ID: string;
  readonly Name: string;
  /** Base64; null when there is none. */
  readonly Payload: string | null;
  readonly NodeFilter: string;
  readonly ServiceFilter: string;
  readonly TagFilter: string;
  readonly Version: number;
  readonly LTime: number;
}

/** A service to register with its agent; the id is the name unless one is given. */
export interface ServiceRegistration extends Sent<typeof ServiceDefinitionShape> {
  readonly Name: string;
}
/** A check in the registration of its service. */
export interface ServiceCheckRegistration extends Sent<typeof CheckTypeShape> {}
/** A check to register with its agent; the id is the name unless one is given. */
export interface CheckRegistration extends Sent<typeof CheckDefinitionShape> {
  readonly Name: string;
}
/** A node, and what else is to be entered into the catalog with it. */
export interface CatalogRegistration extends Sent<typeof RegisterShape> {
  readonly Node: string;
}
/** What is to be removed from the catalog: a service, else a check, else the node. */
export interface CatalogDeregistration extends Sent<typeof DeregisterShape> {
  readonly Node: string;
}
/** Where a node is in the network. */
export interface CoordinateUpdate extends Sent<typeof CoordinateUpdateShape> {
  readonly Node: string;
}
