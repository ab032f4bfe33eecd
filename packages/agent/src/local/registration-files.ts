import type { CheckEntry, ServiceEntry } from './entries.ts';
import type { StoredCheck, StoredService, StoredState } from './file-records.ts';

/** What a file holds, and its path for the log. */
export interface Loaded<T> {
  readonly file: string;
  readonly stored: T;
}

/** All that was registered when the agent stopped. */
export interface LoadedRegistrations {
  readonly services: readonly Loaded<StoredService>[];
  readonly checks: readonly Loaded<StoredCheck>[];
  /** The last states of TTL checks, by check id. */
  readonly states: ReadonlyMap<string, StoredState>;
}

/**
 * Where registrations are kept. A promise resolves when the change is on disk; changes of one file are made in the order
 * of the calls. @throws AgentError AGENT_DATA_DIR from all that change files.
 */
export interface RegistrationFiles {
  /** Files that cannot be read are logged and left as they are. */
  load(): Promise<LoadedRegistrations>;
  saveService(entry: ServiceEntry): Promise<void>;
  removeService(id: string): Promise<void>;
  saveCheck(entry: Pick<CheckEntry, 'record' | 'fields' | 'token' | 'source'>): Promise<void>;
  /** Without its state. */
  removeCheck(id: string): Promise<void>;
  /** The state of a TTL check. Of states that follow each other quickly only the last may be written. */
  saveState(state: StoredState): Promise<void>;
  /** To be called when no state can follow any more: an update may come while the file of its check is removed. */
  removeState(id: string): Promise<void>;
}

const nothing = async (): Promise<void> => undefined;

/** Keeps nothing, as a development agent. */
export const noFiles: RegistrationFiles = {
  load: async () => ({ services: [], checks: [], states: new Map() }),
  saveService: nothing,
  removeService: nothing,
  saveCheck: nothing,
  removeCheck: nothing,
  saveState: nothing,
  removeState: nothing,
};
