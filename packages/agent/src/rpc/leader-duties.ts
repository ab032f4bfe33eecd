import {
  type Command,
  commandForMember,
  commandsForMembers,
  everything,
  type LanMember,
  type LeaderView,
} from '@hobnob/catalog';
import type { Gossip, Member, MemberEvent } from '@hobnob/gossip';
import type { AgentConfig } from '../options.ts';
import { toCoordinateRecord } from '../pools/records.ts';
import type { AgentLogger, AgentPorts } from '../ports.ts';
import type { OpenCatalog } from './in-process.ts';

/** A full pass repairs what events did not bring. Source: Consul agent/consul/config.go, ReconcileInterval. */
const passIntervalMs = 60_000;
/** Source: Consul agent/config/default.go, SyncCoordinateIntervalMin. */
const coordinateIntervalMs = 15_000;
/** The first ones are entered sooner, so that `rtt` has something to work with. */
const firstCoordinatesMs = 1_000;
/** What five batches of the endpoint hold, with room for other agents' updates. */
const coordinatesEach = 512;

export interface LeaderDutiesParts {
  readonly config: Pick<AgentConfig, 'nodeName' | 'datacenter'>;
  readonly lan: Gossip;
  readonly catalog: OpenCatalog;
  readonly clock: AgentPorts['clock'];
  /** Component `agent.server`. */
  readonly log: AgentLogger;
}

type Status = LanMember['status'];

const statusOfEvent: Readonly<Record<MemberEvent['type'], Status>> = {
  'member-join': 'alive',
  'member-update': 'alive',
  'member-failed': 'failed',
  'member-leave': 'left',
  'member-reap': 'reaped',
};

/** Brings the members of the LAN into the catalog, and their coordinates. */
export class LeaderDuties {
  readonly #parts: LeaderDutiesParts;
  readonly #view: LeaderView;
  /** Members that changed since they were last compared with the catalog; the last change of each counts. */
  readonly #changed = new Map<string, LanMember>();
  readonly #ends: (() => void)[] = [];
  #running: Promise<void> | undefined;
  #cancelPass: () => void = () => undefined;
  #cancelCoordinates: () => void = () => undefined;
  #nextCoordinate = 0;
  #isClosed = false;

  constructor(parts: LeaderDutiesParts) {
    this.#parts = parts;
    this.#view = { datacenter: parts.config.datacenter, node: parts.config.nodeName };
  }

  /** Enters all members, and follows the pool from then on. Resolves when the members of now are entered. */
  start(): Promise<void> {
    for (const type of Object.keys(statusOfEvent) as MemberEvent['type'][]) {
      this.#ends.push(
        this.#parts.lan.on(type, ({ members }) => {
          for (const member of members)
            this.#changed.set(member.name, toLanMember(member, statusOfEvent[type]));
          void this.#work();
        }),
      );
    }
    this.#ends.push(
      this.#parts.catalog.watches.onCommit((topics) => {
        // Another state is there, of another time or cluster: members are entered at once.
        if (topics === undefined) void this.#pass();
      }),
    );
    this.#scheduleCoordinates(firstCoordinatesMs);
    return this.#pass();
  }

  /** Ends the duties; the command under way is finished first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const end of this.#ends) end();
    this.#cancelPass();
    this.#cancelCoordinates();
    await this.#running;
  }

  async #pass(): Promise<void> {
    const { lan, clock } = this.#parts;
    for (const member of lan.members()) {
      // A change that waits already is newer than the list, or the same.
      if (!this.#changed.has(member.name)) {
        this.#changed.set(member.name, toLanMember(member, member.status));
      }
    }
    await this.#work();
    await this.#removeStrangers();
    this.#cancelPass();
    if (this.#isClosed) return;
    this.#cancelPass = clock.wakeAt(clock.nowMs() + passIntervalMs, () => void this.#pass());
  }

  /** Removes nodes that look like members and are none any more. */
  async #removeStrangers(): Promise<void> {
    const { lan, catalog } = this.#parts;
    const members = lan.members().map((member) => toLanMember(member, member.status));
    for (const command of commandsForMembers(catalog.state.tables, members, this.#view)) {
      if (this.#isClosed) return;
      // Who has joined since the list was made is entered as a change.
      if (command.type !== 1 || isMember(lan, command.body.Node)) continue;
      await this.#apply(command, 'reaped');
    }
  }

  /** Compares changed members with the catalog, one at a time, so that each sees the last one's command applied. */
  #work(): Promise<void> {
    this.#running ??= this.#workOff();
    return this.#running;
  }

  async #workOff(): Promise<void> {
    const { catalog, log } = this.#parts;
    // Changes that are reported in the same turn join the work.
    await Promise.resolve();
    try {
      for (const [name, member] of this.#changed) {
        if (this.#isClosed) return;
        this.#changed.delete(name);
        const command = commandForMember(catalog.state.tables, member, this.#view);
        if (command !== undefined) await this.#apply(command, member.status);
      }
    } catch (error) {
      log.error({ err: error }, 'failed to reconcile member');
    } finally {
      this.#running = undefined;
    }
  }

  async #apply(command: Command, status: Status): Promise<void> {
    const { catalog, log } = this.#parts;
    logCommand(log, command, status);
    try {
      const outcome = await catalog.log.propose(command);
      const error = outcome.kind === 'applied' ? outcome.error : outcome.kind;
      if (error !== undefined) log.error({ error }, 'failed to reconcile member');
    } catch (error) {
      // The other members are reconciled all the same.
      log.error({ err: error }, 'failed to reconcile member');
    }
  }

  #scheduleCoordinates(afterMs: number): void {
    const { clock } = this.#parts;
    this.#cancelCoordinates = clock.wakeAt(clock.nowMs() + afterMs, () => {
      void this.#sendCoordinates().then(() => {
        if (!this.#isClosed) this.#scheduleCoordinates(coordinateIntervalMs);
      });
    });
  }

  /** Agents with servers to ask send their coordinates themselves; until then the leader sends those it received. */
  async #sendCoordinates(): Promise<void> {
    const { lan, catalog, config } = this.#parts;
    const members = lan.members();
    if (this.#nextCoordinate >= members.length) this.#nextCoordinate = 0;
    const turn = members.slice(this.#nextCoordinate, this.#nextCoordinate + coordinatesEach);
    this.#nextCoordinate += turn.length;
    for (const { name, status } of turn) {
      const coordinate = status === 'alive' ? lan.coordinate(name) : undefined;
      if (coordinate === undefined) continue;
      const request = {
        Datacenter: config.datacenter,
        Node: name,
        Segment: '',
        Coord: toCoordinateRecord(coordinate),
        Token: '',
      };
      await catalog.rpc
        .call('Coordinate.Update', request, { authority: everything })
        .catch((error: unknown) => {
          this.#parts.log.error({ member: name, error: String(error) }, 'rejected bad coordinate');
        });
    }
  }
}

/** The catalog compares names in any case. */
function isMember(lan: Gossip, node: string): boolean {
  const name = node.toLowerCase();
  return lan.members().some((member) => member.name.toLowerCase() === name);
}

function logCommand(log: AgentLogger, command: Command, status: Status): void {
  if (command.type === 1) {
    log.info({ member: command.body.Node, reason: status }, 'deregistering member');
  } else if (command.type === 0) {
    const isAlive = command.body.Checks?.every((check) => check?.Status === 'passing') ?? true;
    const line = isAlive ? 'member joined, marking health alive' : 'member failed, marking health critical';
    log.info({ member: command.body.Node }, line);
  }
}

function toLanMember({ name, address, tags, versions }: Member, status: Status): LanMember {
  const protocol = {
    min: versions.protocolMin,
    max: versions.protocolMax,
    current: versions.protocolCur,
  };
  return { name, address: address.host, status, tags, protocol };
}
