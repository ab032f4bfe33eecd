export {
  CoordinateRecord,
  DatacenterCoordinates,
  KeyringRecord,
  NodeCoordinate,
  UserEventRecord,
} from './pool-records.ts';
export { AgentMember, AgentSelf, NodeRecord } from './records.ts';
