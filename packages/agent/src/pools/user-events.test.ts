import { type Clock, type ExpressionEngine, GossipError, loadExpressionEngine } from '@hobnob/gossip';
import { VirtualClock } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';
import { settle } from '../../test/agent-on-fakes.ts';
import { FakeGossip } from '../../test/fake-gossip.ts';
import { recordingLogger } from '../../test/recording-logger.ts';
import { encodeConsulEvent } from './consul-event.ts';
import type { TaggedService } from './event-filter.ts';
import { EventLog } from './event-log.ts';
import { UserEvents } from './user-events.ts';

/** Texts are those of real Consul 1.8.7. */

const id = '594503e3-5af3-5b55-e6f1-fc7703e5dd28';
const request = {
  name: 'deploy',
  payload: new Uint8Array(0),
  nodeFilter: '',
  serviceFilter: '',
  tagFilter: '',
  datacenter: '',
};
const engine = await loadExpressionEngine();

function setUp(
  loadExpressions: () => Promise<ExpressionEngine> = async () => engine,
  clock: Clock = new VirtualClock(),
) {
  const { lines, ...logger } = recordingLogger();
  const lan = new FakeGossip({ name: 'me' });
  const log = new EventLog(clock, new AbortController().signal);
  const config = { nodeName: 'me', server: false, datacenter: 'dc1' };
  const services = new Map<string, TaggedService>();
  const parts = { config, lan, log, logger, clock, services: () => services, loadExpressions };
  const events = new UserEvents({ ...parts, newId: () => id });
  const stop = events.start();
  const receive = (name: string, over: Partial<Parameters<typeof encodeConsulEvent>[0]> = {}): void => {
    const payload = encodeConsulEvent({ ...request, id, name, version: 1, ...over });
    lan.userEvent(`consul:event:${name}`, payload);
  };
  const names = () => log.list('').events.map(({ Name }) => Name);
  return { events, lan, lines, log, stop, receive, names, services };
}

test('the agent that fires an event gets it without Lamport time, and lists it with one', async () => {
  const { events, log, lines } = setUp();
  const fired = {
    ID: id,
    Name: 'deploy',
    Payload: new TextEncoder().encode('hello'),
    NodeFilter: '',
    ServiceFilter: '',
    TagFilter: '',
    Version: 1,
    LTime: 0,
  };
  expect(await events.fire({ ...request, payload: new TextEncoder().encode('hello') })).toEqual(fired);
  expect(log.list('').events).toEqual([{ ...fired, LTime: 7 }]);
  expect(lines).toEqual([
    'DEBUG agent.client: user event {"name":"deploy"}',
    `DEBUG agent: new event {"event_name":"deploy","event_id":"${id}"}`,
  ]);
});

test.each([
  [{ nodeFilter: '(' }, 'Invalid node filter: error parsing regexp: missing closing ): `(`'],
  [{ serviceFilter: '(' }, 'Invalid service filter: error parsing regexp: missing closing ): `(`'],
  [
    { serviceFilter: 'a', tagFilter: '(' },
    'Invalid tag filter: error parsing regexp: missing closing ): `(`',
  ],
  [{ tagFilter: 'v1' }, 'Cannot provide tag filter without service filter'],
])('%j is refused', async (over, message) => {
  const { events, lan } = setUp();
  await expect(events.fire({ ...request, ...over })).rejects.toMatchObject({ code: 'AGENT_EVENT', message });
  expect(lan.calls).toEqual([]);
});

test('another datacenter cannot be reached, the own one can', async () => {
  const { events } = setUp();
  await expect(events.fire({ ...request, datacenter: 'dc9' })).rejects.toMatchObject({
    code: 'AGENT_NO_DATACENTER',
    message: 'No path to datacenter',
  });
  expect(await events.fire({ ...request, datacenter: 'dc1' })).toMatchObject({ Name: 'deploy' });
});

test('an event that is too large before or after encoding is refused as Consul refuses it', async () => {
  const { events, lan } = setUp();
  const limit = (when: string) =>
    `1 error occurred:\n\t* error broadcasting event to segment "": ${when} of 512 bytes`;
  await expect(events.fire({ ...request, payload: Buffer.alloc(512) })).rejects.toMatchObject({
    code: 'AGENT_EVENT',
    message: `${limit('user event exceeds configured limit')} before encoding\n\n`,
  });
  lan.eventFault = new GossipError('GOSSIP_TOO_LARGE', 'too large');
  await expect(events.fire(request)).rejects.toMatchObject({
    message: `${limit('encoded user event exceeds configured limit')} after encoding\n\n`,
  });
  lan.eventFault = new GossipError('GOSSIP_CLOSED', 'closed');
  await expect(events.fire(request)).rejects.toMatchObject({ code: 'AGENT_CLOSED' });
});

test('only events for this node are listed, and no remote executions', async () => {
  const { receive, names } = setUp();
  receive('mine', { nodeFilter: '^m.$' });
  receive('yours', { nodeFilter: '^you$' });
  receive('_rexec');
  await settle();
  expect(names()).toEqual(['mine']);
});

test('an event for services is listed by the agent that has one with such an id and tag', async () => {
  const { receive, names, services } = setUp();
  receive('before', { serviceFilter: '^instance' });
  await settle();
  services.set('instance-7', { Tags: ['v1', 'prod'] }).set('db', { Tags: null });
  // Filters that a real agent with these two services was asked with, and which of them it listed.
  for (const [name, serviceFilter, tagFilter = ''] of [
    ['id', '^instance'],
    ['name-of-the-instance', '^web$'],
    ['service-of-servers', 'consul'],
    ['tag', 'instance', '^v'],
    ['second-tag', 'instance', 'prod'],
    ['no-such-tag', 'instance', 'v9'],
    ['no-tags', 'db', '.*'],
    ['all', '.*', '.*'],
    ['either', 'consul-x|db'],
  ] as const) {
    receive(name, { serviceFilter, tagFilter });
  }
  receive('node-and-service', { nodeFilter: 'me', serviceFilter: 'db' });
  receive('other-node', { nodeFilter: 'you', serviceFilter: 'db' });
  expect(names()).toEqual(['id', 'tag', 'second-tag', 'all', 'either', 'node-and-service']);
  services.delete('db');
  receive('after', { serviceFilter: 'db' });
  expect(names()).not.toContain('after');
});

test.each([
  ['service', { serviceFilter: '(' }],
  ['tag', { serviceFilter: 'db', tagFilter: '(' }],
])('a %s filter that is no regular expression matches no agent, and is logged', async (kind, over) => {
  const { receive, names, lines, services } = setUp();
  services.set('db', { Tags: null });
  receive('odd', over);
  await settle();
  expect(names()).toEqual([]);
  expect(lines.at(-1)).toBe(
    `ERROR agent: ${kind} filter failed to compile for event {"filter":"(","event":"odd","error":"error parsing regexp: missing closing ): \`(\`"}`,
  );
});

/** An agent with services `s0` and so on, an engine that compares for 4 ms and finds what is equal, and its clock. */
function setUpSlow(servicesCount: number) {
  const wakes = new Set<() => void>();
  let nowMs = 0;
  const clock: Clock = {
    nowMs: () => nowMs,
    wakeAt: (_deadlineMs, wake) => {
      wakes.add(wake);
      return () => wakes.delete(wake);
    },
    ref: () => undefined,
    unref: () => undefined,
  };
  const engine: ExpressionEngine = {
    problem: () => undefined,
    matches: (expression, text) => {
      nowMs += 4;
      return expression === text;
    },
  };
  const agent = setUp(async () => engine, clock);
  for (let i = 0; i < servicesCount; i += 1) agent.services.set(`s${i}`, { Tags: null });
  const wakeAll = (): void => {
    for (const wake of [...wakes]) {
      wakes.delete(wake);
      wake();
    }
  };
  return { ...agent, wakes, wakeAll, now: () => nowMs };
}

test('matching filters lets other work pass every 10 ms, and keeps the order of events', async () => {
  const { receive, names, wakeAll, now } = setUpSlow(10);
  receive('slow', { serviceFilter: 's9' });
  receive('behind');
  await settle();
  expect([now(), names()]).toEqual([12, []]);
  wakeAll();
  expect([now(), names()]).toEqual([24, []]);
  wakeAll();
  wakeAll();
  expect([now(), names()]).toEqual([40, ['slow', 'behind']]);
});

test('an event whose filters take more than a second is given up', async () => {
  const { receive, names, lines, wakes, wakeAll, now } = setUpSlow(1_000);
  receive('endless', { serviceFilter: 's999' });
  receive('behind');
  await settle();
  while (wakes.size > 0) wakeAll();
  expect([now(), names()]).toEqual([1_008, ['behind']]);
  expect(lines).toContain(
    'ERROR agent: event dropped: its filters take too long {"filter":"s999","event":"endless"}',
  );
});

test('nothing is matched any more after the end', async () => {
  const { receive, names, wakes, stop, now } = setUpSlow(10);
  receive('slow', { serviceFilter: 's9' });
  await settle();
  stop();
  expect([wakes.size, now(), names()]).toEqual([0, 12, []]);
});

test('an event of a later version is listed, with a warning', () => {
  const { receive, names, lines } = setUp();
  receive('future', { version: 2 });
  expect(names()).toEqual(['future']);
  expect(lines).toContain(
    'WARN agent: Event version may have unsupported features {"version":2,"event":"future"}',
  );
});

test('events stay in order while the engine for filters is loaded', async () => {
  let loaded: (engine: ExpressionEngine) => void = () => undefined;
  const { receive, names } = setUp(
    () =>
      new Promise((resolve) => {
        loaded = resolve;
      }),
  );
  receive('first');
  receive('second', { nodeFilter: 'me' });
  receive('third');
  receive('not-mine', { nodeFilter: 'you' });
  expect(names()).toEqual(['first']);
  loaded(engine);
  await settle();
  expect(names()).toEqual(['first', 'second', 'third']);
  receive('fourth', { nodeFilter: 'me' });
  expect(names()).toEqual(['first', 'second', 'third', 'fourth']);
});

test('a filter that is no regular expression matches no agent, and is logged', async () => {
  const { receive, names, lines } = setUp();
  receive('odd', { nodeFilter: '(' });
  await settle();
  expect(names()).toEqual([]);
  expect(lines.at(-1)).toBe(
    'ERROR agent: node filter failed to compile for event {"filter":"(","event":"odd","error":"error parsing regexp: missing closing ): `(`"}',
  );
});

test("a new leader is logged, an unknown event of Consul is a warning, others are not Consul's", () => {
  const { lan, lines, names } = setUp();
  lan.userEvent('consul:new-leader', Buffer.from('server-1'));
  lan.userEvent('consul:future');
  lan.userEvent('deploy');
  lan.userEvent('consul:event:broken', Buffer.from([0x81]));
  expect(names()).toEqual([]);
  expect(lines).toEqual([
    'INFO agent.client: New leader elected {"payload":"server-1"}',
    'WARN agent.client: Unhandled local event {"event":"consul:future"}',
    'DEBUG agent.client: user event {"name":"broken"}',
    expect.stringMatching(/^ERROR agent: Failed to decode event /),
  ]);
});

test('nothing is received any more after the end', () => {
  const { receive, stop, names } = setUp();
  stop();
  receive('late');
  expect(names()).toEqual([]);
});

test('an event that the pool has no room for is refused as busy', async () => {
  const { events, lan } = setUp();
  lan.eventFault = new GossipError('GOSSIP_BUSY', 'full');
  await expect(events.fire(request)).rejects.toMatchObject({
    code: 'AGENT_BUSY',
    message: 'too many user events wait to be sent: try again later',
  });
});

test('events dropped while the engine for filters is loaded are counted in the log', async () => {
  const { lines, receive, names } = setUp();
  for (let i = 0; i < 300; i += 1) receive(`e${i}`, { nodeFilter: 'me' });
  await settle();
  expect(names()).toHaveLength(256);
  expect(lines.filter((line) => line.startsWith('WARN'))).toEqual([
    'WARN agent: events dropped: too many waited for their filters {"dropped":44}',
  ]);
});
