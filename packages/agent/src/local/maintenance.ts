import { create, HealthCheck, type NodeService } from '@hobnob/catalog/records';
import type { NewCheck } from './entries.ts';
import type { MaintenanceOptions } from './local-port.ts';

/** The checks that stand for maintenance modes. Sources: Consul structs.NodeMaint, structs.ServiceMaintPrefix. */

export const nodeMaintenanceId = '_node_maintenance';

const defaultNodeReason =
  'Maintenance mode is enabled for this node, but no reason was provided. This is a default message.';
const defaultServiceReason =
  'Maintenance mode is enabled for this service, but no reason was provided. This is a default message.';

export function serviceMaintenanceId(serviceId: string): string {
  return `_service_maintenance:${serviceId}`;
}

export function nodeMaintenance(node: string, options: MaintenanceOptions): NewCheck {
  const record = create(HealthCheck, {
    Node: node,
    CheckID: nodeMaintenanceId,
    Name: 'Node Maintenance Mode',
    Status: 'critical',
    Notes: options.reason === '' ? defaultNodeReason : options.reason,
    Type: 'maintenance',
  });
  return checkOf(record, options);
}

export function serviceMaintenance(
  node: string,
  service: NodeService,
  options: MaintenanceOptions,
): NewCheck {
  const record = create(HealthCheck, {
    Node: node,
    CheckID: serviceMaintenanceId(service.ID),
    Name: 'Service Maintenance Mode',
    Status: 'critical',
    Notes: options.reason === '' ? defaultServiceReason : options.reason,
    ServiceID: service.ID,
    ServiceName: service.Service,
    ServiceTags: service.Tags,
    Type: 'maintenance',
  });
  return checkOf(record, options);
}

function checkOf(record: HealthCheck, { token }: MaintenanceOptions): NewCheck {
  return { record, fields: undefined, definition: undefined, token, source: 'local' };
}
