import type { AgentMember, Coordinate as CoordinateRecord } from '@hobnob/catalog/records';
import type { Coordinate, Member, MemberStatus } from '@hobnob/gossip';

/** Serf's numbers for a status, as the HTTP API gives them. */
const statusNumbers: Readonly<Record<MemberStatus, number>> = { alive: 1, leaving: 2, left: 3, failed: 4 };

/** A member as Consul's API shows it. */
export function toAgentMember(member: Member): AgentMember {
  const { name, address, tags, status, versions } = member;
  return {
    Name: name,
    Addr: address.host,
    Port: address.port,
    Tags: tags,
    Status: statusNumbers[status],
    ProtocolMin: versions.protocolMin,
    ProtocolMax: versions.protocolMax,
    ProtocolCur: versions.protocolCur,
    DelegateMin: versions.delegateMin,
    DelegateMax: versions.delegateMax,
    DelegateCur: versions.delegateCur,
  };
}

/** A coordinate under Consul's names. */
export function toCoordinateRecord({ vec, error, adjustment, height }: Coordinate): CoordinateRecord {
  return { Vec: [...vec], Error: error, Adjustment: adjustment, Height: height };
}
