/** Programs that commands run: what starts them, and how their ends are told. */
export { argvOf, type Child, type ChildEnd, type ChildToStart, describeFailure } from './programs/child.ts';
export { startChild } from './programs/start-child.ts';
