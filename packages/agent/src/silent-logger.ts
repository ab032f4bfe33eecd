import type { AgentLogger } from './ports.ts';

const ignore = (): void => undefined;

/** Where logs go when nobody wants them. */
export const silentLogger: AgentLogger = {
  error: ignore,
  warn: ignore,
  info: ignore,
  debug: ignore,
  trace: ignore,
  child: () => silentLogger,
};
