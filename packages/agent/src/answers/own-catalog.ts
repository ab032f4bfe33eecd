import type { Clock, Endpoints } from '@hobnob/catalog';
import type { Turns } from '../async/turns.ts';
import type { KeptAnswers } from './kept-answers.ts';

/** The catalog in this process, as those see it who may keep its answers: only here it is known what changes them. */
export interface OwnCatalog {
  readonly ask: Endpoints['ask'];
  readonly askNow: Endpoints['askNow'];
  readonly kept: KeptAnswers;
  readonly turns: Turns;
  readonly clock: Clock;
  /** How long a blocking query waits that asks for so long, 0 for the default: bounded, and with jitter. */
  readonly waitTimeMs: (askedMs: number) => number;
  /** Whether this server may answer by itself: it leads. */
  readonly leads: () => boolean;
}
