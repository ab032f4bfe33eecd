import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PeerProcess } from '../interop/peer-process.ts';
import { skipOrFail } from '../support/go-program.ts';
import { HttpCaller } from '../support/http-caller.ts';
import { type InstalledClient, installClient, installedClient } from '../support/installed-client.ts';

const patroni: InstalledClient = {
  name: 'patroni',
  folder: 'test/patroni',
  needs: ['python3', '-m', 'pip', '--version'],
  install: [
    'python3',
    ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--root-user-action=ignore'],
    ...['--no-deps', '--target', 'site', '-r', 'requirements.txt'],
  ],
};

/** The folder with the programs of the newest PostgreSQL, where Debian has them; undefined without one. */
function postgresPrograms(): string | undefined {
  const folder = '/usr/lib/postgresql';
  if (!existsSync(folder)) return undefined;
  const newest = readdirSync(folder)
    .toSorted((left, right) => Number(right) - Number(left))
    .at(0);
  const programs = join(folder, newest ?? '', 'bin');
  return existsSync(join(programs, 'initdb')) ? programs : undefined;
}

/**
 * PostgreSQL does not run as root. As root, a node lives in a user namespace in which it is `postgres` and owns what is
 * root's outside, and in a process namespace with which it ends at once, as a machine does.
 */
function namespace(): readonly string[] {
  const id = (flag: string, name: string) =>
    spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout.trim();
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? id('-u', 'postgres') : `${process.getuid?.()}`;
  const group = isRoot ? id('-g', 'postgres') : `${process.getgid?.()}`;
  const users = ['--user', `--map-user=${user}`, `--map-group=${group}`];
  return ['unshare', ...users, '--pid', '--fork', '--kill-child', '--mount-proc'];
}

/** Before the suite: installs Patroni. @throws Error under CI when it cannot run. */
export function setup(): void {
  const [command = '', ...args] = namespace();
  if (postgresPrograms() === undefined) skipOrFail('PostgreSQL is not installed: Patroni is not tested.');
  else if (spawnSync(command, [...args, 'true'], { stdio: 'ignore' }).status !== 0)
    skipOrFail('a user namespace cannot be made here: Patroni is not tested.');
  else installClient(patroni);
}

/** Whether Patroni and PostgreSQL can run here. */
export function canRunPatroni(): boolean {
  return postgresPrograms() !== undefined && installedClient(patroni) !== undefined;
}

/** What an election must keep to: Patroni wants ttl >= loop_wait + 2 * retry_timeout. */
const timings = { ttl: 21, loop_wait: 1, retry_timeout: 10, maximum_lag_on_failover: 1_048_576 };

function configOf(name: string, host: string, consulAddress: string, folder: string): object {
  return {
    scope: 'hobnob',
    name,
    restapi: { listen: `${host}:8008`, connect_address: `${host}:8008` },
    consul: { host: consulAddress, register_service: true },
    bootstrap: {
      dcs: {
        ...timings,
        postgresql: { use_pg_rewind: true, parameters: { wal_log_hints: 'on', fsync: 'off' } },
      },
      initdb: [{ encoding: 'UTF8' }, 'data-checksums'],
    },
    postgresql: {
      listen: `${host}:5432`,
      connect_address: `${host}:5432`,
      data_dir: join(folder, 'data'),
      bin_dir: postgresPrograms(),
      pgpass: join(folder, 'pgpass'),
      pg_hba: ['host all all 127.0.0.0/8 trust', 'host replication all 127.0.0.0/8 trust'],
      authentication: {
        superuser: { username: 'postgres', password: 'unused' },
        replication: { username: 'replicator', password: 'unused' },
      },
      parameters: { unix_socket_directories: folder, shared_buffers: '16MB', max_connections: 20 },
    },
  };
}

export type Role = 'primary' | 'replica';

/** One machine with PostgreSQL and the Patroni that looks after it. */
export class PostgresNode implements AsyncDisposable {
  readonly name: string;
  readonly host: string;
  readonly #folder: string;
  #process: PeerProcess | undefined;

  private constructor(name: string, host: string, folder: string) {
    this.name = name;
    this.host = host;
    this.#folder = folder;
  }

  /** Nothing is started yet. @param consulAddress `host:port` of the agent through which it elects. */
  static async create(name: string, host: string, consulAddress: string): Promise<PostgresNode> {
    const folder = await mkdtemp(join(tmpdir(), 'hobnob-postgres-'));
    const config = configOf(name, host, consulAddress, folder);
    // JSON is YAML.
    await writeFile(join(folder, 'patroni.yml'), JSON.stringify(config));
    return new PostgresNode(name, host, folder);
  }

  /** Starts it on the data that it has. */
  async start(): Promise<void> {
    const site = join(installedClient(patroni) ?? '', 'site');
    const [command = '', ...args] = namespace();
    this.#process = await PeerProcess.start(() => ({
      command,
      args: [...args, 'python3', '-m', 'patroni', join(this.#folder, 'patroni.yml')],
      env: { PYTHONPATH: site, PYTHONUNBUFFERED: '1' },
    }));
  }

  /** Whether its Patroni says that it has this role, and PostgreSQL serves in it: a promotion takes a moment. */
  async is(role: Role): Promise<boolean> {
    const caller = new HttpCaller(this.host, 8008, { connections: 1, timeoutMs: 3_000 });
    try {
      const { status } = await caller.send({ method: 'GET', path: `/${role}` });
      if (status !== 200) return false;
      return (await this.sql('select pg_is_in_recovery()')) === (role === 'primary' ? 'f' : 't');
    } catch (error) {
      if (error instanceof Error && 'code' in error) return false;
      throw error;
    } finally {
      caller.close();
    }
  }

  /** Runs SQL and returns what it selected, without headers. Rejects with the error of psql. */
  async sql(text: string): Promise<string> {
    const args = ['-h', this.host, '-U', 'postgres', '-At', '-v', 'ON_ERROR_STOP=1', '-c', text];
    const env = { ...process.env, PGCONNECT_TIMEOUT: '5' };
    const { stdout } = await promisify(execFile)(join(postgresPrograms() ?? '', 'psql'), args, {
      env,
      timeout: 15_000,
    });
    return stdout.trim();
  }

  /** Ends Patroni and PostgreSQL at once, as a machine that loses its power. */
  async crash(): Promise<void> {
    await this.#process?.kill('SIGKILL');
  }

  /** The last of what it printed. */
  get logTail(): string {
    return this.#process?.logTail(30) ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.dispose();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
