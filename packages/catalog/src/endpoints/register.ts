import { CatalogError } from '../errors.ts';
import { uuidProblem } from '../go/index.ts';
import type { HealthCheck, HealthCheckDefinition, NodeService, RegisterRequest } from '../records/index.ts';
import { serviceProblems } from './service-problems.ts';

/** What the endpoint fills in and refuses before a registration goes to the log. Source: consensus-and-rpc.md 5.2. */

/** Addresses that mean every address of a machine, and so none that others could use. */
const anyAddresses: readonly string[] = ['0.0.0.0', '::', '[::]'];

/** @throws CatalogError CATALOG_REFUSED. */
export function prepareRegistration(request: RegisterRequest): RegisterRequest {
  const { Node, Address, ID, SkipNodeUpdate, Service, Check, Checks } = request;
  if (Node === '') refuse('Must provide node');
  const idProblem = ID === '' ? undefined : uuidProblem(ID);
  if (idProblem !== undefined) refuse(`Bad node ID: ${idProblem}`);
  if (Address === '' && !SkipNodeUpdate) refuse('Must provide address if SkipNodeUpdate is not set');
  const service = Service === null ? null : prepareService(Service);
  const checks = [...(Checks ?? []), Check].flatMap((check) =>
    check === null ? [] : [prepareCheck(check, Node)],
  );
  return {
    ...request,
    Service: service,
    Check: null,
    Checks: checks.length === 0 ? null : checks,
  };
}

/** @throws CatalogError CATALOG_REFUSED. */
export function prepareService(given: NodeService): NodeService {
  const problems = serviceProblems(given);
  if (problems !== undefined) refuse(problems);
  const service = given.ID === '' ? { ...given, ID: given.Service } : given;
  if (service.ID !== '' && service.Service === '') refuse('Must provide service name with ID');
  if (anyAddresses.includes(service.Address)) refuse('Invalid service address');
  return service;
}

function prepareCheck(check: HealthCheck, node: string): HealthCheck {
  return {
    ...check,
    CheckID: check.CheckID === '' ? check.Name : check.CheckID,
    Node: check.Node === '' ? node : check.Node,
    Type: check.Type === '' ? typeOf(check.Definition) : check.Type,
  };
}

/** How a check is run, from its definition; '' when that is not said. */
function typeOf(definition: HealthCheckDefinition): string {
  const { AliasNode, AliasService, TTL, HTTP, TCP, GRPC, ScriptArgs, DockerContainerID } = definition;
  if (AliasNode !== '' || AliasService !== '') return 'alias';
  if (TTL > 0n) return 'ttl';
  if (definition.Interval <= 0n) return '';
  if (HTTP !== '') return 'http';
  if (TCP !== '') return 'tcp';
  if (GRPC !== '') return 'grpc';
  if ((ScriptArgs ?? []).length === 0) return '';
  return DockerContainerID === '' ? 'script' : 'docker';
}

function refuse(message: string): never {
  throw new CatalogError('CATALOG_REFUSED', message);
}
