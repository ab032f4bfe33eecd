import { capturedText, type TailBuffer } from '../checks/output.ts';

/** How much of a handler's output is logged: its end. Source: Consul agent/watch_handler.go, WatchBufSize. */
export const outputBytesMax = 4_096;

/** What is logged of an output that may have been longer. */
export function outputText(output: TailBuffer): string {
  return capturedText(output.text(), output.bytes().length, output.totalBytes);
}
