import type { TailBuffer } from '../checks/output.ts';

/** How much of a handler's output is logged: its end. Source: Consul agent/watch_handler.go, WatchBufSize. */
export const outputBytesMax = 4_096;

/** What is logged of an output that may have been longer. */
export function outputText(output: TailBuffer): string {
  const { length } = output.bytes();
  if (output.totalBytes === length) return output.text();
  return `Captured ${length} of ${output.totalBytes} bytes\n...\n${output.text()}`;
}
