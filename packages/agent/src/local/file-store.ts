import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasCode, makeDirectory, messageOf, readRegularFile } from '@hobnob/gossip/files';
import { Slots } from '../async/slots.ts';
import { AgentError } from '../errors.ts';
import type { AgentLogger } from '../ports.ts';
import { FileLanes } from './file-lanes.ts';
import {
  fileNameOf,
  readStoredCheck,
  readStoredService,
  readStoredState,
  type StoredState,
  writeStoredCheck,
  writeStoredService,
  writeStoredState,
} from './file-records.ts';
import type { Loaded, LoadedRegistrations, RegistrationFiles } from './registration-files.ts';
import { syncFolder, writeWhole } from './write-file.ts';

/** Consul's. */
const directoryMode = 0o700;
/** A registration has at most the 512 KiB of a request body, and its JSON may be longer. */
const fileBytesMax = 4 * 1024 * 1024;
/** So many files are read at once. */
const readsMax = 64;
/** So many are written at once: a process may have 1,024 open files by default, and a disk gains nothing from more. */
const changesMax = 16;

/** Opens the folders of registrations in a data directory. @throws AgentError AGENT_DATA_DIR. */
export async function openRegistrationFiles(dataDir: string, log: AgentLogger): Promise<RegistrationFiles> {
  const folders = {
    services: join(dataDir, 'services'),
    checks: join(dataDir, 'checks'),
    states: join(dataDir, 'checks', 'state'),
  };
  const lanes = new FileLanes();
  const slots = new Slots(changesMax);
  const change = (what: string, path: string, work: () => Promise<void>): Promise<void> =>
    lanes.do(path, () => slots.do(() => attempt(`${what} ${path}`, work)));
  /** The content is made when its turn comes. Files that are written together share one sync of their folder. */
  const replace = async (path: string, content: () => Uint8Array): Promise<void> => {
    await change('write', path, () => writeWhole(path, content(), { syncs: true }));
    await change('sync', dirname(path), () => syncFolder(dirname(path)));
  };
  const remove = (path: string): Promise<void> => change('remove', path, () => rm(path, { force: true }));
  await attempt(`make ${folders.services}`, () => makeDirectory(folders.services, directoryMode));
  await attempt(`make ${folders.states}`, () => makeDirectory(folders.states, directoryMode));
  return {
    load: () => attempt(`read ${dataDir}`, () => load(folders, log)),
    saveService: ({ service, token, source }) => {
      const stored = {
        Token: token,
        Service: service,
        Source: source,
        LocallyRegisteredAsSidecar: service.LocallyRegisteredAsSidecar,
      };
      return replace(join(folders.services, fileNameOf(service.ID)), () => writeStoredService(stored));
    },
    removeService: (id) => remove(join(folders.services, fileNameOf(id))),
    saveCheck: ({ record, fields, token, source }) => {
      const stored = { Check: record, ChkType: fields ?? null, Token: token, Source: source };
      return replace(join(folders.checks, fileNameOf(record.CheckID)), () => writeStoredCheck(stored));
    },
    removeCheck: (id) => remove(join(folders.checks, fileNameOf(id))),
    saveState: (state) => {
      const path = join(folders.states, fileNameOf(state.CheckID));
      // After a power cut the next update brings the state; Consul does not wait for the disk either.
      return change('write', path, () => writeWhole(path, writeStoredState(state), { syncs: false }));
    },
    removeState: (id) => remove(join(folders.states, fileNameOf(id))),
  };
}

async function load(
  folders: { readonly services: string; readonly checks: string; readonly states: string },
  log: AgentLogger,
): Promise<LoadedRegistrations> {
  const services = await loadFolder(folders.services, kinds.service, log);
  const checks = await loadFolder(folders.checks, kinds.check, log);
  const states = await loadFolder(folders.states, kinds.state, log);
  return { services, checks, states: byId(states) };
}

function byId(states: readonly Loaded<StoredState>[]): ReadonlyMap<string, StoredState> {
  return new Map(states.map(({ stored }) => [stored.CheckID, stored]));
}

interface FileKind<T> {
  readonly read: (bytes: Uint8Array) => T;
  /** Consul's lines for a file that was not finished, and for one that cannot be read. */
  readonly unfinished: string;
  readonly damaged: string;
}

const kinds = {
  service: {
    read: readStoredService,
    unfinished: 'Ignoring temporary service file',
    damaged: 'Failed decoding service file',
  },
  check: {
    read: readStoredCheck,
    unfinished: 'Ignoring temporary check file',
    damaged: 'Failed decoding check file',
  },
  state: {
    read: readStoredState,
    unfinished: 'Ignoring temporary check state file',
    damaged: 'failed decoding check state file',
  },
} as const;

async function loadFolder<T>(folder: string, kind: FileKind<T>, log: AgentLogger): Promise<Loaded<T>[]> {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
  const loaded: Loaded<T>[] = [];
  for (let first = 0; first < names.length; first += readsMax) {
    const files = names.slice(first, first + readsMax).map((name) => join(folder, name));
    const found = await Promise.all(files.map((file) => readStored(file, kind)));
    for (const [position, file] of files.entries()) {
      const one = found[position];
      if (one === 'unfinished') log.warn({ file: basename(file) }, kind.unfinished);
      else if (one instanceof Error) log.error({ file, error: decodingText(one) }, kind.damaged);
      else if (one !== undefined) loaded.push(one);
    }
  }
  return loaded;
}

/** What a file holds, or why it cannot be used: it stays where it is then. Undefined when it is gone meanwhile. */
async function readStored<T>(
  file: string,
  { read }: FileKind<T>,
): Promise<Loaded<T> | 'unfinished' | Error | undefined> {
  if (file.endsWith('.tmp')) return 'unfinished';
  try {
    const bytes = await readRegularFile(file, fileBytesMax);
    return bytes && { file, stored: read(bytes) };
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}

/** Go has other words for the end of a whole text than for the end of a stream. */
function decodingText({ message }: Error): string {
  return /^(unexpected )?EOF$/.test(message) ? 'unexpected end of JSON input' : message;
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const hint = hasCode(cause, 'ENOSPC', 'EDQUOT') ? ': free some space' : '';
    throw new AgentError('AGENT_DATA_DIR', `cannot ${what}: ${messageOf(cause)}${hint}`, { cause });
  }
}
