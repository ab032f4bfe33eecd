import { createSocket, type Socket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { startHobnobChild } from '../../interop/hobnob-peer.ts';
import type { Peer } from '../../interop/peer.ts';
import { startSerf } from '../../interop/serf-agent.ts';
import { describeMachine, formatTable, median, spread } from '../measure.ts';
import { missingPrograms } from './agent-process.ts';
import { cpuMsOf } from './process-cpu.ts';
import { ratio } from './ratio.ts';

type Side = 'serf' | 'hobnob';
const sides: readonly Side[] = ['serf', 'hobnob'];
const hosts: Readonly<Record<Side, string>> = { serf: '127.29.6.1', hobnob: '127.29.6.2' };
const feederHost = '127.29.6.3';
const port = 7946;

const rounds = 5;
/** Slow enough that neither loses datagrams, so that both handle the same ones. */
const packetsPerBurst = 20;
const burstEveryMs = 10;
const burstsPerRound = 500;
/** Feeds the gossip that real agents sent, as it was captured, to a real serf and to ours, and compares their CPU. */
export async function run(): Promise<void> {
  const missing = missingPrograms();
  if (missing !== undefined) throw new Error(missing);
  const packets = await capturedGossip();
  const socket = await bind();
  const started: Peer[] = [];
  try {
    const peers: Record<Side, Peer> = {
      serf: await startSerf({ version: '0.10.1', name: 'bench-serf', host: hosts.serf, profile: 'lan' }),
      hobnob: await startHobnobChild({ name: 'bench-hobnob', host: hosts.hobnob, profile: 'lan' }),
    };
    started.push(...sides.map((side) => peers[side]));
    const cpu: Record<Side, number[]> = { serf: [], hobnob: [] };
    for (let round = -1; round < rounds; round += 1) {
      for (const side of sides) {
        const ms = await cpuOfFeeding(peers[side], socket, hosts[side], packets);
        if (round >= 0) cpu[side].push((ms * 1000) / (packetsPerBurst * burstsPerRound));
      }
    }
    const row = sides.flatMap((side) => [median(cpu[side]).toFixed(1), spread(cpu[side])]);
    const header = ['', 'serf 0.10.1', 'least to most', 'Hobnob', 'least to most', 'Hobnob : serf'];
    const rows = [['CPU a packet, µs', ...row, ratio(median(cpu.hobnob), median(cpu.serf))]];
    const load = `${packetsPerBurst * burstsPerRound} packets a round, ${(packetsPerBurst * 1000) / burstEveryMs} a second`;
    process.stdout.write(
      `${describeMachine()}; ${rounds} rounds in turn, ${load}\n\n${formatTable(header, rows)}`,
    );
  } finally {
    await Promise.all(started.map((peer) => peer.dispose()));
    socket.close();
  }
}

async function cpuOfFeeding(
  peer: Peer,
  socket: Socket,
  host: string,
  packets: readonly Buffer[],
): Promise<number> {
  const before = await cpuMsOf(peer.pid);
  let next = 0;
  for (let burst = 0; burst < burstsPerRound; burst += 1) {
    for (let i = 0; i < packetsPerBurst; i += 1) {
      const packet = packets[next % packets.length];
      next += 1;
      if (packet !== undefined) socket.send(packet, port, host);
    }
    await delay(burstEveryMs);
  }
  await delay(200);
  const spentMs = (await cpuMsOf(peer.pid)) - before;
  const seen = await peer.members();
  if (!seen.some(({ name }) => name === 'alpha'))
    throw new Error(`${peer.name} did not take in what it was fed`);
  return spentMs;
}

/** Every datagram of the plain recording: gossip compressed and not, pings, acks, events and queries. */
async function capturedGossip(): Promise<readonly Buffer[]> {
  const text = await readFile('packages/gossip/test/vectors/serf-plain.json', 'utf8');
  const { udp } = JSON.parse(text) as { readonly udp: readonly { readonly hex: string }[] };
  return udp.map(({ hex }) => Buffer.from(hex, 'hex'));
}

function bind(): Promise<Socket> {
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    // What it is answered is read and thrown away, or the sender's own buffer would fill.
    socket.on('message', () => undefined);
    socket.bind(0, feederHost, () => resolve(socket));
  });
}
