import { peerProgramPath, peersFolder } from './peer-process.ts';

/** Before the interop suites: without the real programs they are skipped, which CI must not accept. */
export function setup(): void {
  if (peersFolder !== undefined) {
    for (const program of ['consul', 'serf', 'serf-0.9.4'] as const) peerProgramPath(program);
    return;
  }
  const reason = 'HOBNOB_PEERS is not set: the tests with real serf and consul agents are skipped.';
  if (process.env['CI'] !== undefined && process.env['CI'] !== 'false')
    throw new Error(`${reason} CI needs them.`);
  process.stderr.write(`${reason}\n`);
}
