import { InputError } from '@hobnob/catalog/go';
import { CheckDefinition, type RecordShape, ServiceDefinition } from '@hobnob/catalog/records';
import { decodeRegistration } from '../local/definitions/decode.ts';
import { serviceFaults } from '../local/definitions/service-faults.ts';
import type { DefinitionOptions } from '../options.ts';
import type { Problems } from './problems.ts';

/** The definitions, when Consul would start to register them. */
export function resolveDefinitions(
  { services = [], checks = [] }: DefinitionOptions,
  problems: Problems,
): Required<DefinitionOptions> {
  for (const [i, service] of services.entries()) {
    const decoded = decode(ServiceDefinition, service, `definitions.services[${i}]`, problems);
    if (decoded !== undefined) for (const fault of serviceFaults(decoded)) problems.add(fault);
  }
  for (const [i, check] of checks.entries()) {
    decode(CheckDefinition, check, `definitions.checks[${i}]`, problems);
  }
  return { services, checks };
}

function decode<S extends RecordShape>(shape: S, given: unknown, path: string, problems: Problems) {
  try {
    return decodeRegistration(shape, given);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.add(`${path}: ${error.message}`);
    return undefined;
  }
}
