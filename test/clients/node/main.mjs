// Calls a Consul agent through the client `consul` of npm, unmodified, and prints what each call returned as one line of
// JSON.
//
//     node main.mjs HOST PORT
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import Consul from 'consul';

const [host, port] = process.argv.slice(2);
const consul = new Consul({ host, port: Number(port) });

/** Prints what a call returned, or its error. */
async function show(step, call) {
  let result;
  try {
    result = (await call()) ?? null;
  } catch (error) {
    result = { status: error.statusCode ?? null, message: error.message };
  }
  process.stdout.write(`${JSON.stringify({ step, result })}\n`);
}

async function eventually(what, happened) {
  const endMs = performance.now() + 20_000;
  while (!(await happened())) {
    if (performance.now() > endMs) throw new Error(`${what} has not happened`);
    await delay(20);
  }
}

async function agentCalls() {
  const { agent, health } = consul;
  const passing = async () => (await health.service({ service: 'web', passing: true })).length;
  await show('no services', () => agent.service.list());
  await show('register', () =>
    agent.service.register({
      name: 'web',
      id: 'web-1',
      tags: ['v1'],
      address: '10.9.8.7',
      port: 8001,
      meta: { version: '4' },
      check: { ttl: '1h', status: 'passing', notes: 'by hand' },
    }),
  );
  await show('register with two checks', () =>
    agent.service.register({
      name: 'web',
      id: 'web-2',
      checks: [{ ttl: '1h' }, { name: 'more', ttl: '2h' }],
    }),
  );
  await show('register a name', () => agent.service.register('bare'));
  await show('services', () => agent.service.list());
  await show('pass', () => agent.check.pass({ id: 'service:web-2:1', note: 'fine' }));
  await show('warn', () => agent.check.warn('service:web-2:2'));
  await show('register a check', () => agent.check.register({ name: 'disk', ttl: '1h', notes: 'space' }));
  await show('fail', () => agent.check.fail({ id: 'disk', note: 'full' }));
  await show('checks', () => agent.check.list());
  await show('pass the disk', () => agent.check.pass('disk'));
  await eventually('one web passes', async () => (await passing()) === 1);
  await show('maintenance', () =>
    agent.service.maintenance({ id: 'web-1', enable: true, reason: 'new disk' }),
  );
  await eventually('no web passes', async () => (await passing()) === 0);
  await show('maintenance ends', () => agent.service.maintenance({ id: 'web-1', enable: false }));
  await show('maintenance of the node', () => agent.maintenance({ enable: true, reason: 'move' }));
  await show('maintenance of the node ends', () => agent.maintenance(false));
  await show('members', async () => (await agent.members()).map(({ Name }) => Name));
  await show('self', async () => (await agent.self()).Config.NodeName);
  await show('force-leave', () => agent.forceLeave('nope'));
  await show('deregister a check', () => agent.check.deregister('disk'));
  for (const id of ['web-1', 'web-2', 'bare']) {
    await show(`deregister ${id}`, () => agent.service.deregister(id));
  }
  await eventually('web is gone', async () => (await health.service('web')).length === 0);
}

async function catalogCalls() {
  const { catalog, health, status, event } = consul;
  for (const n of [2, 1]) {
    await show('register', () =>
      catalog.register({
        node: 'node-a',
        address: '10.1.0.1',
        service: { service: 'db', id: `db-${n}`, tags: ['sql'], port: 5430 + n },
        check: { name: 'db', checkid: `service:db-${n}`, status: 'passing', serviceid: `db-${n}` },
      }),
    );
  }
  await show('datacenters', () => catalog.datacenters());
  await show('nodes', () => catalog.node.list());
  await show('nodes elsewhere', () => catalog.node.list('dc9'));
  await show('services of a node', () => catalog.node.services('node-a'));
  await show('services', () => catalog.service.list());
  await show('instances', () => catalog.service.nodes({ service: 'db', tag: 'sql', consistent: true }));
  await show('connect', () => catalog.connect.nodes('db'));
  await show('health', () => health.service({ service: 'db', passing: true, stale: true }));
  await show('health of a node', () => health.node('node-a'));
  await show('health checks', () => health.checks('db'));
  await show('critical', () => health.state('critical'));
  await watch();
  await show('deregister', () => catalog.deregister({ node: 'node-a' }));
  await show('leader', () => status.leader());
  await show('peers', () => status.peers());
  await show('fire', async () => (await event.fire({ name: 'release', payload: 'v1' })).Name);
  await eventually('the event is there', async () => (await event.list('release')).length === 1);
  await show('events', async () => (await event.list('release')).map(({ Payload }) => Payload));
}

/** Follows a service as applications do: the first answer, and the next one after a change. */
async function watch() {
  const watcher = consul.watch({ method: consul.health.service, options: { service: 'db' } });
  const [first] = await once(watcher, 'change');
  const changed = once(watcher, 'change');
  await consul.catalog.deregister({ node: 'node-a', serviceid: 'db-1' });
  const [second] = await changed;
  watcher.end();
  await show('watched', () => [first, second]);
}

await agentCalls();
await catalogCalls();
