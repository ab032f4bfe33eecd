import type { Agent, AgentLogger } from '@hobnob/agent';

/**
 * Writes what the agent counts to its log, one line for each pool and one for the process: what SIGUSR1 is for
 * until there are metrics. `lost` are the log lines that could not be written.
 */
export function logStats(
  log: AgentLogger,
  { agent, lost }: { readonly agent: Agent | undefined; readonly lost: Readonly<Record<string, number>> },
): void {
  const { rss, heapUsed } = process.memoryUsage();
  const uptimeS = Math.round(process.uptime());
  const lostLines = Object.values(lost).reduce((sum, count) => sum + count, 0);
  log.info(
    { uptime_s: uptimeS, rss_bytes: rss, heap_bytes: heapUsed, log_lines_lost: lostLines },
    'Stats: process',
  );
  if (agent === undefined) {
    log.info({}, 'Stats: the agent is still starting');
    return;
  }
  log.info({ ...agent.lan.stats() }, 'Stats: LAN');
  if (agent.wan !== undefined) log.info({ ...agent.wan.stats() }, 'Stats: WAN');
}
