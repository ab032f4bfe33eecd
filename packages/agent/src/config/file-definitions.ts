import { CheckDefinition, ServiceDefinition } from '@hobnob/catalog/records';
import type { CheckRegistration, ServiceCheckRegistration, ServiceRegistration } from '../client/records.ts';
import type { DefinitionOptions } from '../options.ts';
import type { GivenKey } from './check-keys.ts';
import { readDefinition } from './definition-values.ts';

/** The keys of files that define services and checks, those with a list of them first, as in Consul. */
const definitionPaths = ['services', 'service', 'checks', 'check'] as const;

/**
 * The services and checks that one file defines, as the HTTP API takes them; undefined when it defines none. What only
 * files leave out is filled in: weights. Faults go to `problems`. Pure. Source: Consul agent/config Builder.serviceVal.
 */
export function readFileDefinitions(
  given: readonly GivenKey[],
  problems: string[],
): DefinitionOptions | undefined {
  const values = new Map(given.map(({ path, value }) => [path, value]));
  if (!definitionPaths.some((path) => values.has(path))) return undefined;
  const readAll = (
    list: string,
    single: string,
    shape: typeof ServiceDefinition | typeof CheckDefinition,
  ) => {
    const listed = values.get(list);
    return [
      ...(Array.isArray(listed) ? listed : []).map((value, i) =>
        readDefinition(value, shape, `${list}[${i}]`, problems),
      ),
      ...(values.has(single) ? [readDefinition(values.get(single), shape, single, problems)] : []),
    ].filter((value) => value !== undefined);
  };
  return {
    // `readDefinition` gives values of the fields of these records only.
    services: readAll('services', 'service', ServiceDefinition).map((one) =>
      completedService(one as Partial<ServiceRegistration>),
    ),
    checks: readAll('checks', 'check', CheckDefinition).map((one) => ({
      Name: '',
      ...(one as Partial<CheckRegistration>),
    })),
  };
}

/** Kinds that are not these mean a service of no kind. */
const serviceKinds: readonly string[] = [
  'connect-proxy',
  'mesh-gateway',
  'terminating-gateway',
  'ingress-gateway',
];

/** A service without a name is the agent's to refuse. */
function completedService({
  Name = '',
  Connect,
  ...service
}: Partial<ServiceRegistration>): ServiceRegistration {
  const sidecar = Connect?.SidecarService;
  return {
    Name,
    Weights: { Passing: 1, Warning: 1 },
    ...completedParts(service),
    ...(Connect === undefined || Connect === null
      ? {}
      : {
          Connect:
            sidecar === undefined || sidecar === null
              ? Connect
              : { ...Connect, SidecarService: { ...sidecar, ...completedParts(sidecar) } },
        }),
  };
}

type Parts = Pick<ServiceRegistration, 'Kind' | 'Check' | 'Checks' | 'Weights'>;

/** One list of checks, whole weights, and a kind that Consul knows. */
function completedParts<T extends Parts>({ Kind, Check, Checks, Weights, ...rest }: T) {
  const checks: readonly ServiceCheckRegistration[] = [
    ...(Checks ?? []),
    ...(Check === undefined || Check === null ? [] : [Check]),
  ];
  return {
    ...rest,
    ...(Weights === undefined ? {} : { Weights: { Passing: 1, Warning: 1, ...Weights } }),
    ...(Kind === undefined ? {} : { Kind: serviceKinds.includes(Kind) ? Kind : '' }),
    ...(checks.length === 0 ? {} : { Checks: checks }),
  };
}
