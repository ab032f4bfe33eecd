import { expect, test } from 'vitest';
import { decodeSerfMessage } from '../../src/wire/serf-codec.ts';
import type { SerfPushPull } from '../../src/wire/serf-messages.ts';
import { StreamDecoder } from '../../src/wire/stream-frames.ts';
import type { PushPull } from '../../src/wire/swim-messages.ts';
import { decodeTags } from '../../src/wire/tags.ts';
import { type Recording, readRecording } from './recordings.ts';

const recordings = {
  'serf-plain': readRecording('serf-plain'),
  'serf-encrypted': readRecording('serf-encrypted'),
  consul: readRecording('consul'),
} as const;

const names = ['serf-plain', 'serf-encrypted', 'consul'] as const;
const serf = {
  delegateMin: 2,
  delegateMax: 5,
  delegateCur: 5,
  protocolMin: 1,
  protocolMax: 5,
  protocolCur: 2,
};
const consulVersions = { ...serf, delegateCur: 4 };

function openStream(bytes: Uint8Array, { keyring }: Recording): PushPull {
  const decoder = new StreamDecoder({ verifyIncoming: true, label: '', expectLabelHeader: true, keyring });
  const message = decoder.push(bytes);
  expect(decoder.skipped.count).toBe(0);
  if (message?.type !== 'push-pull') throw new Error(`the stream carries ${message?.type}`);
  return message;
}

const stateOf = (message: PushPull) => decodeSerfMessage(message.userState) as SerfPushPull;

test.each(names)('%s: both sides of every join send their full state', (name) => {
  const recording = recordings[name];
  expect(recording.streams).toHaveLength(2);
  for (const { request, response, to } of recording.streams) {
    const [asked, answered] = [openStream(request, recording), openStream(response, recording)];
    expect(asked.join).toBe(true);
    expect(answered.join).toBe(true);
    expect(asked.nodes).toHaveLength(1);
    expect(answered.nodes.map(({ addr }) => addr.join('.'))).toContain(to);
    for (const message of [asked, answered]) {
      const state = stateOf(message);
      expect(state).toMatchObject({
        type: 'serf-push-pull',
        leftMembers: [],
        events: [],
        eventTime: 1,
        queryTime: 1,
      });
      expect([...state.statusTimes.keys()].sort()).toEqual(message.nodes.map((node) => node.name).sort());
      for (const node of message.nodes) {
        expect(node).toMatchObject({ incarnation: 1, state: 'alive' });
        expect(node.versions).toEqual(name === 'consul' ? consulVersions : serf);
      }
    }
  }
});

test('serf-plain: the joins are between the recorded members', () => {
  const sent = recordings['serf-plain'].streams.map(({ request, response }) =>
    [request, response].map((bytes) => {
      const { nodes } = openStream(bytes, recordings['serf-plain']);
      return nodes.map((node) => `${node.name} ${node.addr.join('.')}:${node.port}`).sort();
    }),
  );
  const alpha = 'alpha 127.0.8.1:17946';
  const bravo = 'bravo 127.0.8.2:17946';
  expect(sent).toEqual([
    [[bravo], [alpha]],
    [['charlie 127.0.8.3:17946'], [alpha, bravo]],
  ]);
});

test('consul: push/pulls of LAN and WAN hold the tags of their members', () => {
  const [lan, wan] = recordings.consul.streams.map(
    ({ request }) => openStream(request, recordings.consul).nodes[0],
  );
  expect(lan).toMatchObject({ name: 'cli1', port: 17301 });
  expect(decodeTags(lan?.meta ?? new Uint8Array(0))).toMatchObject({ role: 'node', dc: 'dc1' });
  expect(wan).toMatchObject({ name: 'srv2.dc2', port: 17302 });
  expect(decodeTags(wan?.meta ?? new Uint8Array(0))).toMatchObject({ role: 'consul', dc: 'dc2' });
});
