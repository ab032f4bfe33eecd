import { configureGlobal } from 'fast-check';

/**
 * `FAST_CHECK_NUM_RUNS` sets how many cases a property tries that does not say so itself, and
 * `FAST_CHECK_SEED` replays a run: both stand in the report of a failure.
 */
const numRuns = process.env['FAST_CHECK_NUM_RUNS'];
const seed = process.env['FAST_CHECK_SEED'];

configureGlobal({
  ...(numRuns === undefined ? {} : { numRuns: Number(numRuns) }),
  ...(seed === undefined ? {} : { seed: Number(seed) }),
});
