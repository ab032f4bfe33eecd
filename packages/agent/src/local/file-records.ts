import { createHash } from 'node:crypto';
import {
  bool,
  CheckType,
  field,
  HealthCheck,
  int,
  type JsonReader,
  type JsonWriter,
  jsonReader,
  jsonWriter,
  NodeService,
  pointerTo,
  record,
  text,
} from '@hobnob/catalog/records';

/** The content of the files that registrations are kept in, byte for byte as Consul 1.8.7 writes it. */

const lenient = { decoding: 'lenient' } as const;

/** A file in `services/`. Source: Consul agent.persistedService. */
export interface StoredService {
  readonly Token: string;
  readonly Service: NodeService | null;
  readonly Source: string;
  readonly LocallyRegisteredAsSidecar: boolean;
}

/** A file in `checks/`. Source: Consul agent.persistedCheck. */
export interface StoredCheck {
  readonly Check: HealthCheck | null;
  /** Null for the checks of maintenance modes. */
  readonly ChkType: CheckType | null;
  readonly Token: string;
  readonly Source: string;
}

/** A file in `checks/state/`. Source: Consul agent.persistedCheckState. */
export interface StoredState {
  readonly CheckID: string;
  readonly Output: string;
  readonly Status: string;
  /** Seconds since 1970. */
  readonly Expires: number;
}

const serviceShape = record(
  'persistedService',
  {
    Token: text,
    Service: pointerTo(NodeService),
    Source: text,
    LocallyRegisteredAsSidecar: field(bool, { omitEmpty: true }),
  },
  lenient,
);
const checkShape = record(
  'persistedCheck',
  { Check: pointerTo(HealthCheck), ChkType: pointerTo(CheckType), Token: text, Source: text },
  lenient,
);
const stateShape = record(
  'persistedCheckState',
  { CheckID: text, Output: text, Status: text, Expires: int },
  lenient,
);

export const writeStoredService: JsonWriter<StoredService> = jsonWriter(serviceShape);
export const writeStoredCheck: JsonWriter<StoredCheck> = jsonWriter(checkShape);
export const writeStoredState: JsonWriter<StoredState> = jsonWriter(stateShape);
export const readStoredCheck: JsonReader<StoredCheck> = jsonReader(checkShape);
export const readStoredState: JsonReader<StoredState> = jsonReader(stateShape);

const readWrappedService = jsonReader(serviceShape);
const readBareService = jsonReader(record('NodeService', NodeService.fields, lenient));

/** Agents before Consul 0.5.1 wrote the service alone. @throws InputError. */
export function readStoredService(bytes: Uint8Array): StoredService {
  const stored = readWrappedService(bytes);
  if (stored.Service !== null) return stored;
  return { ...stored, Service: readBareService(bytes) };
}

/** The name of the file of a service or check. Source: Consul agent.stringHash. */
export function fileNameOf(id: string): string {
  return createHash('md5').update(id).digest('hex');
}
