import type { IncomingMessage } from 'node:http';

const deadlineMs = Symbol('deadline of the wait');

interface WaitedRequest extends IncomingMessage {
  [deadlineMs]?: number;
}

/** Notes until when a request may wait that has waited before its route sees it. On the agent's clock. */
export function setWaitDeadline(request: IncomingMessage, atMs: number): void {
  (request as WaitedRequest)[deadlineMs] = atMs;
}

/** Undefined for a request that has not waited yet. */
export function waitDeadlineMs(request: IncomingMessage): number | undefined {
  return (request as WaitedRequest)[deadlineMs];
}
