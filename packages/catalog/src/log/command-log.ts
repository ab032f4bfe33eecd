import type { Command, CommandValue } from '../store/commands.ts';
import type { Applied, Snapshot } from '../store/store.ts';
import type { EntryId } from './log-store.ts';

/** What a log applies committed commands to. Sources: consensus-and-rpc.md 5.8, 1.13. */
export interface StateMachine {
  /** The log index of the last command applied. */
  readonly index: number;
  /** Called when the event loop has just run others. */
  beginTurn(): void;
  /** Applies one command; one that takes long in several turns of the event loop. */
  applyInTurns(index: number, command: Command): Applied | Promise<Applied>;
  /** To be waited for before the next command, when this turn of the event loop has lasted long enough. */
  endOfTurn(): Promise<void> | undefined;
  /** Called after a batch of commands, before their proposers are answered. */
  flush(): void;
  /** The state of now, which stays as it is. */
  snapshot(): Snapshot;
  /** Puts another state in the place of this one. The snapshot must not be used after that. */
  restore(snapshot: Snapshot): void;
}

/** What became of a proposal. */
export type Outcome =
  /** Committed and applied at `index`; `error` is the state's, and then nothing has changed. */
  | {
      readonly kind: 'applied';
      readonly index: number;
      readonly error: string | undefined;
      /** What the command answers. */
      readonly value: CommandValue;
    }
  /** Not in the log, nor will it be. */
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  /** The leader lost its office meanwhile: the command may be applied or not. */
  | { readonly kind: 'unknown' };

/** Why a log takes no proposal. */
export type RefusalReason = 'not-leader' | 'busy' | 'closed' | 'failed';

/** What this server knows of the leader. */
export interface Leadership {
  readonly isLeader: boolean;
  /** `host:port` of the leader's RPC; '' when none is known. */
  readonly leaderAddress: string;
  /** Since this server heard of the leader; 0 when it is the leader. */
  readonly lastContactMs: number;
}

/**
 * The way of every write: propose, commit, apply, result. Raft implements it; a log of one server does so without
 * anybody to agree with.
 */
export interface CommandLog {
  readonly leadership: Leadership;
  /** `host:port` of the RPC of every server that takes part. */
  readonly peers: readonly string[];
  /** Resolves when the command is applied here. Rejects with what the state machine throws, which is a fault of ours. */
  propose(command: Command): Promise<Outcome>;
  /** The last entry that is applied, in the term in which this server leads. */
  readonly applied: EntryId;
  /**
   * Puts a state in the place of the one of now, in the order of the proposals: it has an index of its own, above that of
   * both states. Resolves when that is as durable as a command. The snapshot must not be used after that.
   */
  restore(snapshot: Snapshot): Promise<Outcome>;
  /** Resolves with true when every command that was committed before is applied here, with false when that failed. */
  barrier(): Promise<boolean>;
  /**
   * True when this server was still the leader after the call began: what a consistent read asks first. A log of one
   * server knows that at once, since no other could have taken its office; others ask for a majority.
   */
  verifyLeader(): boolean | Promise<boolean>;
  /** Refuses what comes later. Resolves when proposals under way have their outcome. May be called twice. */
  close(): Promise<void>;
}
