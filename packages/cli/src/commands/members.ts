import { isIPv6 } from 'node:net';
import type { MemberRecord } from '@hobnob/agent/client';
import { apiFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import type { CliIo } from '../io.ts';
import { exitFailure, exitNoMatch, exitOk, formatJson, formatTable } from '../output.ts';
import { refuseFormat } from '../wrong-usage.ts';
import { askAgent } from './ask-agent.ts';

/** `members`: the members of a pool, as one agent sees it. */
export const membersCommand = defineCommand({
  name: 'members',
  synopsis: 'Lists the members of a Consul cluster',
  usage: 'members [options]',
  paragraphs: [
    'Outputs the members of a running agent. Exits with 2 when no member matches, with 1 when the agent does not answer.',
  ],
  flags: [
    ...apiFlags,
    { name: 'detailed', kind: 'bool', description: 'Provides detailed information about nodes.' },
    {
      name: 'format',
      kind: 'string',
      placeholder: 'string',
      defaultText: '"pretty"',
      description: 'Output format {pretty|json}; json is what the HTTP API answers.',
    },
    {
      name: 'segment',
      kind: 'string',
      placeholder: 'string',
      defaultText: '"_all"',
      description: 'Only members of this network segment. Segments are not supported: only _all.',
    },
    {
      name: 'status',
      kind: 'string',
      placeholder: 'string',
      defaultText: '".*"',
      description:
        'If provided, output is filtered to only nodes matching the regular expression for status.',
    },
    {
      name: 'wan',
      kind: 'bool',
      description:
        'If the agent is in server mode, this can be used to return the other peers in the WAN pool.',
    },
  ],
  async run({ flags, io }) {
    const format = flags.format ?? 'pretty';
    if (format !== 'pretty' && format !== 'json') {
      return refuseFormat(io, format);
    }
    if (!['', '_all'].includes(flags.segment ?? '')) {
      io.stderr('Error retrieving members: Network segments are not supported in this version of Consul\n');
      return exitFailure;
    }
    const status = await statusFilter(flags.status ?? '', io);
    if ('problem' in status) {
      io.stderr(`Failed to compile status regexp: ${status.problem}\n`);
      return exitFailure;
    }
    return askAgent(io, flags, 'Error retrieving members', async (client) => {
      const all = await client.members({ wan: flags.wan ?? false });
      const shown = all.filter((member) => status.matches(statusName(member.Status))).sort(bySegmentThenName);
      if (format === 'json') io.stdout(formatJson(shown));
      else if (shown.length > 0) io.stdout(formatMembers(shown, { detailed: flags.detailed ?? false }));
      return shown.length === 0 ? exitNoMatch : exitOk;
    });
  },
});

type StatusFilter = { readonly matches: (status: string) => boolean } | { readonly problem: string };

/**
 * RE2 as Go has it, which may match anywhere in the status; the engine is loaded only for an expression that needs
 * it.
 */
async function statusFilter(expression: string, io: CliIo): Promise<StatusFilter> {
  if (expression === '' || expression === '.*') return { matches: () => true };
  const expressions = await (await io.loadAgent()).loadExpressionEngine();
  const problem = expressions.problem(expression);
  return problem === undefined
    ? { matches: (status) => expressions.matches(expression, status) }
    : { problem };
}

const statusNames = ['none', 'alive', 'leaving', 'left', 'failed'];

function statusName(status: number): string {
  return statusNames[status] ?? 'unknown';
}

/** Servers, who are in all segments, come first. */
function bySegmentThenName(one: MemberRecord, other: MemberRecord): number {
  return compare(segmentOf(one), segmentOf(other)) || compare(one.Name, other.Name);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** The table of `members`, with the columns of Consul 1.8. */
function formatMembers(
  members: readonly MemberRecord[],
  { detailed }: { readonly detailed: boolean },
): string {
  const header = detailed
    ? ['Node', 'Address', 'Status', 'Tags']
    : ['Node', 'Address', 'Status', 'Type', 'Build', 'Protocol', 'DC', 'Segment'];
  return formatTable([header, ...members.map(detailed ? detailedRow : standardRow)]);
}

const typeByRole: Readonly<Record<string, string>> = { consul: 'server', node: 'client' };

function standardRow(member: MemberRecord): readonly string[] {
  const { Tags } = member;
  const type = typeByRole[Tags['role'] ?? ''];
  const start = [member.Name, hostPort(member), statusName(member.Status)];
  if (type === undefined) return [...start, 'unknown', '', '', '', ''];
  // What follows the colon is a revision.
  const [build = ''] = (Tags['build'] ?? '').split(':');
  return [
    ...start,
    type,
    build === '' ? '< 0.3' : build,
    Tags['vsn'] ?? '',
    Tags['dc'] ?? '',
    segmentOf(member),
  ];
}

function detailedRow(member: MemberRecord): readonly string[] {
  const tags = { ...member.Tags, segment: segmentOf(member) };
  const pairs = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  return [member.Name, hostPort(member), statusName(member.Status), pairs.sort().join(',')];
}

function hostPort({ Addr, Port }: MemberRecord): string {
  return `${isIPv6(Addr) ? `[${Addr}]` : Addr}:${Port}`;
}

/** Servers are in all segments. */
function segmentOf({ Tags }: MemberRecord): string {
  if (Tags['role'] === 'consul') return '<all>';
  const segment = Tags['segment'] ?? '';
  return segment === '' ? '<default>' : segment;
}
