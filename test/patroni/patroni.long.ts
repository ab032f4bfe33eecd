import { describe, expect, test } from 'vitest';
import { DurableServer, type Program } from '../durability/durable-server.ts';
import { peersFolder } from '../interop/peer-process.ts';
import { waitUntil } from '../interop/wait-until.ts';
import { HttpCaller } from '../support/http-caller.ts';
import { canRunPatroni, PostgresNode, type Role } from './postgres-node.ts';

/**
 * Patroni 3 elects the primary of two PostgreSQL servers through a session and a key: an unmodified client that people's data
 * depends on. The same on a real Consul 1.8.7 and on a server of ours, each with its log on disk.
 */

/** A session of 10.5 s lives up to twice as long; the rest is PostgreSQL on a busy machine. */
const timeoutMs = 90_000;
const programs: readonly (readonly [Program, number])[] = [
  ['consul', 1],
  ['hobnob', 2],
];

function waitForRole(nodes: readonly PostgresNode[], node: PostgresNode, role: Role): Promise<boolean> {
  return waitUntil(`${node.name} is ${role}`, () => node.is(role), {
    timeoutMs,
    everyMs: 250,
    explain: async () => nodes.map(({ name, logTail }) => `--- ${name}\n${logTail}`).join('\n'),
  });
}

describe.skipIf(!canRunPatroni())(
  'two PostgreSQL servers under Patroni',
  { timeout: 600_000, retry: 0 },
  () => {
    test.each(programs)('elect, fail over and come back through %s', async (program, network) => {
      if (program === 'consul') expect(peersFolder).toBeDefined();
      const host = (last: number) => `127.29.${network}.${last}`;
      await using server = await DurableServer.create(program, host(1));
      await server.start();
      const caller = new HttpCaller(server.host, server.port);
      const leader = async () => {
        const { body } = await caller.send({ method: 'GET', path: '/v1/kv/service/hobnob/leader?raw' });
        return body;
      };
      const passing = async (service: string) => {
        const path = `/v1/health/service/${service}?passing`;
        const rows = JSON.parse((await caller.send({ method: 'GET', path })).body) as {
          readonly Service: { readonly ID: string; readonly Tags: readonly string[] };
        }[];
        return rows.map(({ Service }) => `${Service.ID.split('/').at(-1)} ${Service.Tags.join()}`).toSorted();
      };
      const address = `${server.host}:${server.port}`;
      await using one = await PostgresNode.create('one', host(2), address);
      await using two = await PostgresNode.create('two', host(3), address);
      const nodes = [one, two];

      await one.start();
      await waitForRole(nodes, one, 'primary');
      await two.start();
      await waitForRole(nodes, two, 'replica');
      expect(await leader()).toBe('one');
      await one.sql('create table kept (what text)');
      await one.sql("insert into kept values ('before the server was killed')");

      // The server goes down and comes back with the session and the lock: the primary stays the primary.
      await server.end('SIGKILL');
      await server.start();
      expect(await leader()).toBe('one');
      await one.sql("insert into kept values ('before the primary was lost')");
      await waitUntil('both rows have reached the replica', async () => (await rows(two)).length === 2);

      // The primary is gone: its session ends, and the other takes the lock.
      await one.crash();
      await waitForRole(nodes, two, 'primary');
      expect(await leader()).toBe('two');
      await two.sql("insert into kept values ('after it')");

      // The old primary comes back, and follows.
      await one.start();
      await waitForRole(nodes, one, 'replica');
      await waitUntil('all rows have reached it', async () => (await rows(one)).length === 3);
      expect(await leader()).toBe('two');
      expect(await rows(one)).toEqual(await rows(two));
      await waitUntil('both are registered', async () => (await passing('hobnob')).length === 2, {
        timeoutMs,
      });
      expect(await passing('hobnob')).toEqual(['one replica', 'two master,primary']);
      caller.close();
    });
  },
);

async function rows(node: PostgresNode): Promise<readonly string[]> {
  return (await node.sql('select what from kept order by what')).split('\n');
}
