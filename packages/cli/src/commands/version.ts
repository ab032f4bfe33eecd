import { defineCommand } from '../command.ts';
import { exitOk, formatJson } from '../output.ts';
import { consulVersion, protocolVersions, readVersion } from '../version.ts';
import { refuseFormat } from '../wrong-usage.ts';

/** `version`: who we are and what we speak. The second line is Consul's: scripts read it. */
export const versionCommand = defineCommand({
  name: 'version',
  synopsis: 'Prints the version',
  usage: 'version [options]',
  paragraphs: ['Prints the version of this program and of the Consul release it speaks as.'],
  flags: [
    {
      name: 'format',
      kind: 'string',
      placeholder: 'string',
      defaultText: '"pretty"',
      description: 'Output format {pretty|json}',
    },
  ],
  async run({ flags, io }) {
    const { default: standard, min, max } = protocolVersions;
    switch (flags.format ?? 'pretty') {
      case 'pretty':
        io.stdout(
          `Hobnob v${readVersion()} (speaks Consul ${consulVersion})\n` +
            `Protocol ${standard} spoken by default, understands ${min} to ${max} ` +
            `(agent will automatically use protocol >${standard} when speaking to compatible agents)\n\n`,
        );
        return exitOk;
      case 'json':
        io.stdout(
          formatJson(
            {
              Version: readVersion(),
              Revision: '',
              Prerelease: '',
              Speaks: { Consul: consulVersion },
              RPC: { Default: standard, Min: min, Max: max },
            },
            3,
          ),
        );
        return exitOk;
      default:
        return refuseFormat(io, flags.format ?? '');
    }
  },
});
