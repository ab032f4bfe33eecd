import { equal } from 'node:assert/strict';
import type { Core, CoreEffect } from '../../packages/gossip/src/core.ts';
import { encodeStreamMessage, StreamDecoder } from '../../packages/gossip/src/wire/stream-frames.ts';
import type { PushPull } from '../../packages/gossip/src/wire/swim-messages.ts';
import { startCore, stateOfPool, takeState } from './large-pool.ts';
import { type BenchCase, describeMachine, formatTable, measureInTurn, median, spread } from './measure.ts';

const membersCount = 10_000;
/** Every tenth member of the third scenario has an update. */
const changedEvery = 10;
const schedule = { rounds: 7, runsInTurn: 4, warmupRounds: 2 } as const;
/** As much as a socket hands over at once. */
const pieceBytes = 64 * 1024;

const baselineName = 'decode the stream (baseline)';

/** Measures what taking in the whole state of a pool of 10,000 costs one core, and prints it. */
export async function run(): Promise<void> {
  const known = stateOfPool(membersCount);
  const changed = stateOfPool(membersCount, (index) => index % changedEvery === 0);
  const streams = {
    plain: encode(known, { compression: false }),
    compressed: encode(known, { compression: true }),
    changed: encode(changed, { compression: false }),
  };
  checkDecoding(streams);
  checkMerging(known, changed);
  const results = await measureInTurn(casesOf(streams, known, changed), schedule);
  const baseline = results.find(({ name }) => name === baselineName);
  if (baseline === undefined) throw new Error('the baseline was not measured');
  const rows = results.map(({ name, wallMs, cpuMs }) => [
    name,
    median(wallMs).toFixed(1),
    spread(wallMs),
    median(cpuMs).toFixed(1),
    ((median(wallMs) * 1000) / membersCount).toFixed(2),
    `${(median(wallMs) / median(baseline.wallMs)).toFixed(2)} x`,
  ]);
  const header = [
    'push/pull of 10,000 members',
    'ms',
    'least to most',
    'CPU ms',
    'µs a member',
    'of baseline',
  ];
  process.stdout.write(
    `${describeMachine()}; median of ${schedule.rounds} rounds of ${schedule.runsInTurn} runs, in turn; ${streams.plain.length} bytes plain, ` +
      `${streams.compressed.length} compressed\n\n${formatTable(header, rows)}`,
  );
}

interface Streams {
  readonly plain: Uint8Array;
  readonly compressed: Uint8Array;
  readonly changed: Uint8Array;
}

function casesOf(streams: Streams, known: PushPull, changed: PushPull): readonly BenchCase[] {
  let core: Core = startCore();
  const stranger = () => {
    core = startCore();
  };
  const member = () => {
    stranger();
    takeState(core, known);
  };
  return [
    { name: baselineName, run: () => void decode(streams.plain) },
    { name: 'decode it compressed, as Consul sends it', run: () => void decode(streams.compressed) },
    { name: 'write our own half', run: () => void encode(known, { compression: false }) },
    { name: 'merge alone, all new', prepare: stranger, run: () => void takeState(core, known) },
    { name: 'merge alone, nothing new', prepare: member, run: () => void takeState(core, known) },
    { name: 'merge alone, every tenth changed', prepare: member, run: () => void takeState(core, changed) },
    {
      name: 'decode and merge, all new',
      prepare: stranger,
      run: () => void takeState(core, decode(streams.plain)),
    },
    {
      name: 'decode and merge, nothing new',
      prepare: member,
      run: () => void takeState(core, decode(streams.plain)),
    },
    {
      name: 'decode and merge, every tenth changed',
      prepare: member,
      run: () => void takeState(core, decode(streams.changed)),
    },
  ];
}

function encode(state: PushPull, { compression }: { readonly compression: boolean }): Uint8Array {
  return encodeStreamMessage(state, {
    compression,
    verifyOutgoing: false,
    label: '',
    writeLabelHeader: false,
    nonce: () => new Uint8Array(12),
  });
}

/** Reads a stream as it arrives, piece by piece. */
function decode(stream: Uint8Array): PushPull {
  const decoder = new StreamDecoder({ verifyIncoming: false, label: '', expectLabelHeader: true });
  for (let at = 0; at < stream.length; at += pieceBytes) {
    const message = decoder.push(stream.subarray(at, at + pieceBytes));
    if (message?.type === 'push-pull') return message;
  }
  throw new Error('the stream ended before its message did');
}

/** What was read, written again, must be the same bytes. */
function checkDecoding({ plain, compressed, changed }: Streams): void {
  const written = (stream: Uint8Array) => encode(decode(stream), { compression: false });
  equal(decode(plain).nodes.length, membersCount);
  equal(Buffer.compare(written(plain), plain), 0);
  equal(Buffer.compare(written(compressed), plain), 0);
  equal(Buffer.compare(written(changed), changed), 0);
}

/** Each scenario does what its name says: so many members, so many events, and the intents of all of them. */
function checkMerging(known: PushPull, changed: PushPull): void {
  const core = startCore();
  equal(countEvents(takeState(core, known), 'member-join'), membersCount);
  equal(core.serf.counts.membersCount, membersCount + 1);
  equal(core.serf.times.memberTime, membersCount + 1);
  equal(takeState(core, known).filter(({ type }) => type === 'event').length, 0);
  equal(countEvents(takeState(core, changed), 'member-update'), membersCount / changedEvery);
  equal(core.serf.counts.membersCount, membersCount + 1);
}

function countEvents(effects: readonly CoreEffect[], type: string): number {
  return effects.filter((effect) => effect.type === 'event' && effect.event.type === type).length;
}
