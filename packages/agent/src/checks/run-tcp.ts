import { dial } from './dial.ts';
import type { TcpCheck } from './kinds.ts';
import type { CheckResult } from './result.ts';

/**
 * Runs a TCP check once: passing when the connection opens, which is closed at once; otherwise critical, with Go's text
 * of the error. Never rejects for what the network does.
 * @param signal ends the run; when it is the check's timeout, the result says so.
 * Source: consensus-and-rpc.md 7.5.
 */
export async function runTcp({ address }: TcpCheck, signal: AbortSignal): Promise<CheckResult> {
  try {
    const socket = await dial(address, signal);
    socket.destroy();
    return { status: 'passing', output: `TCP connect ${address}: Success` };
  } catch (error) {
    return { status: 'critical', output: error instanceof Error ? error.message : String(error) };
  }
}
