import { buildGoPrograms, builtGoProgram, type GoProgram } from '../support/go-program.ts';

const program: GoProgram = { name: 'go-peer', folder: 'test/interop/go-peer' };

/** The node of the newest serf and memberlist, or undefined when it could not be built. */
export const goPeerProgram = builtGoProgram(program);

/** Before the interop suites: builds the node of the newest serf and memberlist. */
export function setup(): void {
  buildGoPrograms([program], 'the tests with the newest serf and memberlist');
}
