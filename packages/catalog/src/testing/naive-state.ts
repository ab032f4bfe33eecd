import type { SessionRequest, TxnError, TxnRequest, TxnResponse } from '../records/index.ts';
import type { Command, CommandValue } from '../store/commands.ts';
import type { LockDelay } from '../store/transaction.ts';
import { NaiveCatalog, same } from './naive-catalog.ts';
import { NaiveIndexes } from './naive-indexes.ts';
import { checksOf, NaiveKeys } from './naive-keys.ts';
import { NaiveRefused } from './naive-refused.ts';
import { naiveTxnOp } from './naive-txn.ts';

/** What a command did to a naive state. */
export interface NaiveApplied {
  /** Why the state did not allow the command; it is as before then. */
  readonly error: string | undefined;
  readonly value: CommandValue;
  /** Keys that sessions lost, in no order. */
  readonly lockDelays: readonly LockDelay[];
}

/**
 * The whole state as plain lists that are searched from end to end: slow, and simple enough to be right. The store is
 * held against it. Metadata limits and most malformed ids are not modelled.
 */
export class NaiveState {
  readonly indexes = new NaiveIndexes();
  readonly keys = new NaiveKeys(this.indexes);
  readonly catalog = new NaiveCatalog(this.indexes, {
    onStep: () => this.#endSessions(),
    onNodeRemoved: (name) => this.keys.endSessions(({ Node }) => same(Node, name)),
  });

  /** @param index The place of the command in the log. */
  apply(index: number, command: Command): NaiveApplied {
    this.keys.lockDelays = [];
    const takeBack = this.#copy();
    this.indexes.now = index;
    let error: string | undefined;
    let value: CommandValue;
    try {
      value = this.#execute(command);
    } catch (thrown) {
      if (!(thrown instanceof NaiveRefused)) throw thrown;
      error = thrown.message;
      takeBack();
    }
    return { error, value, lockDelays: this.keys.lockDelays };
  }

  /** Remembers the state. Returns what brings it back. */
  #copy(): () => void {
    const [catalog, keys, indexes] = [this.catalog.copy(), this.keys.copy(), this.indexes.copy()];
    return () => {
      this.catalog.takeBack(catalog);
      this.keys.takeBack(keys);
      this.indexes.takeBack(indexes);
    };
  }

  #execute(command: Command): CommandValue {
    switch (command.type) {
      case 0: {
        const problem = this.catalog.register(command.body);
        if (problem !== undefined) throw new NaiveRefused(problem);
        return undefined;
      }
      case 1:
        this.catalog.deregister(command.body);
        return undefined;
      case 2:
        return this.keys.apply(command.body);
      case 3:
        return this.#session(command.body);
      case 5:
        this.keys.reap(command.body.ReapIndex);
        return undefined;
      case 6:
        this.catalog.updateCoordinates(command.body);
        return undefined;
      case 8:
        return this.#txn(command.body);
    }
  }

  #session({ Op, Session }: SessionRequest): string | undefined {
    if (Op === 'destroy') {
      this.keys.destroySession(Session.ID);
      return undefined;
    }
    if (Op !== 'create') throw new NaiveRefused(`Invalid session operation '${Op}'`);
    const hasNode = this.catalog.nodes.some(({ Node }) => same(Node, Session.Node));
    return this.keys.createSession(Session, (id) => this.#statusOf(Session.Node, id), hasNode);
  }

  #txn({ Ops }: TxnRequest): TxnResponse {
    const takeBack = this.#copy();
    const Errors: TxnError[] = [];
    const Results = (Ops ?? []).flatMap((op, OpIndex) => {
      try {
        return naiveTxnOp(this.catalog, this.keys, op);
      } catch (thrown) {
        if (!(thrown instanceof NaiveRefused)) throw thrown;
        Errors.push({ OpIndex, What: thrown.message });
        return [];
      }
    });
    if (Errors.length === 0) return { Results, Errors: null };
    takeBack();
    return { Results: null, Errors };
  }

  #statusOf(node: string, check: string): string | undefined {
    return this.catalog.checks.find((row) => same(row.Node, node) && same(row.CheckID, check))?.Status;
  }

  /** A session lives while its node is there, and its checks are there and not critical. */
  #endSessions(): void {
    this.keys.endSessions(
      (session) =>
        !this.catalog.nodes.some(({ Node }) => same(Node, session.Node)) ||
        checksOf(session).some((id) => [undefined, 'critical'].includes(this.#statusOf(session.Node, id))),
    );
  }
}
