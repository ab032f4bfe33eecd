import { checkId } from './check.ts';
import { raftIndexFields } from './node.ts';
import { durationNs, field, type Infer, listOf, record, text, textOf } from './shape.ts';

/** A check of a service that a session depends on. Source: Consul structs.ServiceCheck. */
export const SessionServiceCheck = record('ServiceCheck', { ID: text, Namespace: text });
/** A check of a service that a session depends on. */
export interface SessionServiceCheck extends Infer<typeof SessionServiceCheck> {}

/** A session: what holds keys while its checks pass and its time is renewed. Source: Consul structs.Session. */
export const Session = record('Session', {
  ID: text,
  Name: text,
  Node: text,
  /** How long a key that it loses cannot be taken, in ns. */
  LockDelay: durationNs,
  /** `release` or `delete`: what becomes of its keys. */
  Behavior: textOf('structs.SessionBehavior'),
  /** A Go duration; '' for none. */
  TTL: text,
  NodeChecks: listOf(text),
  ServiceChecks: listOf(SessionServiceCheck),
  /** The checks that clients before 1.7 send: it depends on them too. */
  Checks: field(listOf(checkId), { omitEmpty: true }),
  ...raftIndexFields,
});
/** A session. */
export interface Session extends Infer<typeof Session> {}

/** Session.Apply, and command 3 of the Raft log. Source: Consul structs.SessionRequest. */
export const SessionRequest = record('SessionRequest', {
  Datacenter: text,
  /** `create` or `destroy`. */
  Op: textOf('structs.SessionOp'),
  Session,
  Token: text,
});
/** Session.Apply, and command 3 of the Raft log. */
export interface SessionRequest extends Infer<typeof SessionRequest> {}
