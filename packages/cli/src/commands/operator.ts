import { defineCommand } from '../command.ts';
import { refuseUsage, suggestion } from '../wrong-usage.ts';

const subcommands = ['raft', 'autopilot'] as const;

/**
 * `operator`: in Consul the home of tools for Raft and Autopilot. Both need the servers' consensus, which this version
 * does not have, so every subcommand is refused; keys are with `keyring`.
 */
export const operatorCommand = defineCommand({
  name: 'operator',
  synopsis: 'Provides cluster-level tools for Consul operators',
  usage: 'operator <subcommand> [options]',
  paragraphs: [
    "Consul's tools for Raft (operator raft) and Autopilot (operator autopilot) work on the consensus of its servers, which this version does not have. The keys of gossip are managed with the command keyring.",
  ],
  flags: [],
  async run({ args, help, io }) {
    const [subcommand] = args;
    const isKnown = subcommands.some((known) => known === subcommand);
    if (isKnown) return refuseUsage(io, help, `operator ${subcommand}: this version has no Raft to work on`);
    if (subcommand === undefined) return refuseUsage(io, help, 'A subcommand must be specified.');
    const nearest = await suggestion(subcommand, subcommands);
    return refuseUsage(io, help, `Unknown subcommand "${subcommand}".${nearest}`);
  },
});
