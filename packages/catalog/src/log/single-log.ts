import type { Command } from '../store/commands.ts';
import type { Applied, Snapshot } from '../store/store.ts';
import { applyBatch } from './apply-batch.ts';
import type { CommandLog, Leadership, Outcome, RefusalReason, StateMachine } from './command-log.ts';
import type { EntryId } from './log-store.ts';

/** What a log of one server needs. */
export interface SingleLogOptions {
  readonly machine: StateMachine;
  /** `host:port` of this server's RPC. */
  readonly address: string;
  /** Proposals that wait to be applied; more are refused. Default 4096. */
  readonly pendingMax?: number;
}

interface Proposal {
  readonly command: Command | 'barrier' | { readonly restored: Snapshot };
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (fault: unknown) => void;
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

  get applied(): EntryId {
    return { index: this.#machine.index, term: 1 };
  }

  restore(snapshot: Snapshot): Promise<Outcome> {
    return this.#enqueue({ restored: snapshot });
  }

  async barrier(): Promise<boolean> {
    return (await this.#enqueue('barrier')).kind === 'applied';
  }

  verifyLeader(): boolean {
    return !this.#isClosed;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#batch;
  }

  #enqueue(command: Proposal['command']): Promise<Outcome> {
    if (this.#isClosed) return refused('closed');
    if (this.#pending.length >= this.#pendingMax) return refused('busy');
    return new Promise((resolve, reject) => {
      this.#pending.push({ command, resolve, reject });
      this.#batch ??= this.#commit();
    });
  }

  async #commit(): Promise<void> {
    // What else is proposed in this turn joins the batch.
    await Promise.resolve();
    this.#machine.beginTurn();
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      this.#pending = [];
      const pending = batch.map(({ command, resolve, reject }) => ({
        apply: () => this.#apply(command),
        resolve,
        reject,
      }));
      await applyBatch(this.#machine, pending);
    }
    this.#batch = undefined;
  }

  #apply(command: Proposal['command']): Outcome | Promise<Outcome> {
    const { index: before } = this.#machine;
    if (command === 'barrier') return { kind: 'applied', index: before, error: undefined, value: undefined };
    if ('restored' in command) {
      const index = Math.max(before, command.restored.index) + 1;
      this.#machine.restore({ ...command.restored, index });
      return { kind: 'applied', index, error: undefined, value: undefined };
    }
    const index = before + 1;
    const outcome = ({ error, value }: Applied): Outcome => ({ kind: 'applied', index, error, value });
    const applied = this.#machine.applyInTurns(index, command);
    return applied instanceof Promise ? applied.then(outcome) : outcome(applied);
  }
}

function refused(reason: RefusalReason): Promise<Outcome> {
  return Promise.resolve({ kind: 'refused', reason });
}
