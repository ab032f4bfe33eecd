import { raftIndexFields } from './node.ts';
import { serviceKind } from './service-parts.ts';
import { bool, field, type Infer, int, listOf, record, text } from './shape.ts';

const ServiceName = record('ServiceName', { Name: text });

/** A service that is reached through a gateway. Source: Consul structs.GatewayService. */
export const GatewayService = record('GatewayService', {
  Gateway: ServiceName,
  Service: ServiceName,
  GatewayKind: serviceKind,
  Port: field(int, { omitEmpty: true }),
  Protocol: field(text, { omitEmpty: true }),
  Hosts: field(listOf(text), { omitEmpty: true }),
  CAFile: field(text, { omitEmpty: true }),
  CertFile: field(text, { omitEmpty: true }),
  KeyFile: field(text, { omitEmpty: true }),
  SNI: field(text, { omitEmpty: true }),
  /** The gateway stands for all services. */
  FromWildcard: field(bool, { omitEmpty: true }),
  ...raftIndexFields,
});
/** A service that is reached through a gateway. */
export interface GatewayService extends Infer<typeof GatewayService> {}
