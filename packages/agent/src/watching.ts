/** Views that are followed, for the command that prints them or runs a program: the agent's own watches do the same. */
export { type GoJson, writeGoJson } from './watches/go-json.ts';
export { runWatch } from './watches/run-watch.ts';
export { planWatch, type WatchedView, type WatchPlan } from './watches/watch-plan.ts';
