import { buildGoPrograms, builtGoProgram, type GoProgram } from '../support/go-program.ts';

const program: GoProgram = { name: 'hcl-decoder', folder: 'test/differential/hcl-decoder' };

/** What answers with the values of hcl v1.0.0, or undefined when it could not be built. */
export const hclDecoder = builtGoProgram(program);

/** Before the differential suites: builds the decoder. */
export function setup(): void {
  buildGoPrograms([program], 'the tests against hcl v1.0.0');
}
