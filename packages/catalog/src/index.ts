export { AgentMember, AgentSelf, NodeRecord } from './records.ts';
