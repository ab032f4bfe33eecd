import type { CoreEffect } from '../../../packages/gossip/src/core.ts';
import { openPacket, sealPacket } from '../../../packages/gossip/src/wire/packet.ts';
import { encodePacketMessage } from '../../../packages/gossip/src/wire/swim-codec.ts';
import type { Alive } from '../../../packages/gossip/src/wire/swim-messages.ts';
import { startCore, stateOfPool } from '../large-pool.ts';
import { formatTable } from '../measure.ts';
import { cpuSecondsSince, numberFlag, writeSection } from './report.ts';

const sealing = {
  compression: false,
  crc: false,
  verifyOutgoing: false,
  label: '',
  nonce: () => new Uint8Array(12),
} as const;
const opening = { verifyIncoming: false, label: '' } as const;
const self = 'bench-self';

interface Load {
  readonly label: string;
  /** How many members change a tag in each second; each sends one broadcast. */
  readonly changesPerS: number;
}

const loads: readonly Load[] = [
  { label: 'quiet', changesPerS: 0 },
  { label: '10 members change a second', changesPerS: 10 },
  { label: '100 members change a second', changesPerS: 100 },
];

/** One real core among synthetic members that answer every ping; what a second of its life costs. A minute. */
export function run(args: readonly string[]): Promise<void> {
  const members = numberFlag(args, 'members', 10_000);
  const seconds = numberFlag(args, 'seconds', 300);
  const rows = loads.map((load) => measured(members, seconds, load));
  const header = [
    '',
    'CPU, ms a second',
    'packets in a second',
    'packets out a second',
    'bytes out a second',
  ];
  writeSection(
    'ten-thousand',
    `One real core among ${members} synthetic members with Consul's tags, ${seconds} virtual seconds.\n\n${formatTable(header, rows)}`,
  );
  return Promise.resolve();
}

function measured(members: number, seconds: number, { label, changesPerS }: Load): readonly string[] {
  const claims = stateOfPool(members).nodes.flatMap((node): Alive[] => {
    const { name, addr, port, meta, incarnation, versions } = node;
    if (versions === undefined) return [];
    return [{ type: 'alive', incarnation, node: name, addr, port, meta, versions }];
  });
  const core = startCore();
  core.preload(claims, 0);
  const counts = { in: 0, out: 0, bytes: 0, changed: 0 };
  const from = { host: '10.0.0.1', port: 8301 };
  const feed = (parts: readonly Uint8Array[], nowMs: number): void => {
    counts.in += 1;
    const { messages } = openPacket(sealPacket(parts, sealing), opening);
    perform(core.step({ type: 'packet', from, messages }, nowMs), nowMs);
  };
  const perform = (effects: readonly CoreEffect[], nowMs: number): void => {
    for (const effect of effects) {
      if (effect.type !== 'send') continue;
      const packet = sealPacket(effect.parts, sealing);
      counts.out += 1;
      counts.bytes += packet.length;
      const [first] = openPacket(packet, opening).messages;
      if (first?.type === 'ping') {
        feed([encodePacketMessage({ type: 'ack', seq: first.seq, payload: new Uint8Array(0) })], nowMs);
      }
    }
  };
  const ping = {
    type: 'ping',
    seq: 1,
    node: self,
    replyTo: from,
    sourceNode: 'client-00001.example',
  } as const;
  const cpu = process.cpuUsage();
  for (let second = 0; second < seconds; second += 1) {
    feed([encodePacketMessage(ping)], second * 1000);
    for (let change = 0; change < changesPerS; change += 1) {
      const claim = claims[counts.changed % members];
      if (claim === undefined) throw new Error('a pool without members');
      counts.changed += 1;
      const incarnation = 2 + Math.floor(counts.changed / members);
      feed([encodePacketMessage({ ...claim, incarnation })], second * 1000);
    }
    for (
      let due = core.nextDeadlineMs() ?? 0;
      due < (second + 1) * 1000;
      due = core.nextDeadlineMs() ?? Number.POSITIVE_INFINITY
    ) {
      const nowMs = Math.max(due, second * 1000);
      perform(core.step({ type: 'deadline' }, nowMs), nowMs);
    }
  }
  const cpuMs = (cpuSecondsSince(cpu) * 1000) / seconds;
  const rate = (count: number): string => (count / seconds).toFixed(1);
  if (core.serf.members().length !== members + 1) throw new Error('the core lost a member');
  return [label, cpuMs.toFixed(2), rate(counts.in), rate(counts.out), (counts.bytes / seconds).toFixed(0)];
}
