import type { Command } from '../store/commands.ts';
import type { CommandLog, Leadership, Outcome, RefusalReason, StateMachine } from './command-log.ts';

/** What a log of one server needs. */
export interface SingleLogOptions {
  readonly machine: StateMachine;
  /** `host:port` of this server's RPC. */
  readonly address: string;
  /** Proposals that wait to be applied; more are refused. Default 4096. */
  readonly pendingMax?: number;
}

interface Proposal {
  readonly command: Command | 'barrier';
  readonly resolve: (outcome: Outcome) => void;
}

/**
 * A log of one server, in memory: it leads from the start and commits at once. Proposals of one turn of the event loop
 * are applied as one batch. Nothing is kept, since there is no other server to send entries to.
 */
export class SingleLog implements CommandLog {
  readonly #machine: StateMachine;
  readonly #address: string;
  readonly #pendingMax: number;
  #pending: Proposal[] = [];
  #batch: Promise<void> | undefined;
  #isClosed = false;

  constructor({ machine, address, pendingMax = 4096 }: SingleLogOptions) {
    this.#machine = machine;
    this.#address = address;
    this.#pendingMax = pendingMax;
  }

  get leadership(): Leadership {
    return {
      isLeader: !this.#isClosed,
      leaderAddress: this.#isClosed ? '' : this.#address,
      lastContactMs: 0,
    };
  }

  get peers(): readonly string[] {
    return [this.#address];
  }

  propose(command: Command): Promise<Outcome> {
    return this.#enqueue(command);
  }

  async barrier(): Promise<boolean> {
    return (await this.#enqueue('barrier')).kind === 'applied';
  }

  async verifyLeader(): Promise<boolean> {
    return !this.#isClosed;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#batch;
  }

  #enqueue(command: Command | 'barrier'): Promise<Outcome> {
    if (this.#isClosed) return refused('closed');
    if (this.#pending.length >= this.#pendingMax) return refused('busy');
    return new Promise((resolve) => {
      this.#pending.push({ command, resolve });
      this.#batch ??= this.#commit();
    });
  }

  async #commit(): Promise<void> {
    // What else is proposed in this turn joins the batch.
    await Promise.resolve();
    const batch = this.#pending;
    this.#pending = [];
    this.#batch = undefined;
    const outcomes = batch.map(({ command }) => this.#apply(command));
    this.#machine.flush();
    for (const [position, { resolve }] of batch.entries()) {
      const outcome = outcomes[position];
      if (outcome !== undefined) resolve(outcome);
    }
  }

  #apply(command: Command | 'barrier'): Outcome {
    if (command === 'barrier') return { kind: 'applied', index: this.#machine.index, error: undefined };
    const index = this.#machine.index + 1;
    return { kind: 'applied', index, error: this.#machine.apply(index, command).error };
  }
}

function refused(reason: RefusalReason): Promise<Outcome> {
  return Promise.resolve({ kind: 'refused', reason });
}
