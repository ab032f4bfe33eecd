import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WatcherCrowd } from '../bench/versus/watcher-crowd.ts';
import { waitUntil } from '../interop/wait-until.ts';
import { HobnobProcess } from '../support/hobnob-process.ts';
import { HttpCaller } from '../support/http-caller.ts';

/** A blocking query is answered by a write that concerns it, and by no other. */

const host = '127.25.14.1';
/** With the rest of a test fewer than 200, which is how many one client may have. */
const each = 30;
/** Their index is that of the service, so that it does not matter whether a question or a write elsewhere is first. */
const questions = [
  '/v1/health/service/web?passing',
  '/v1/health/service/web',
  '/v1/catalog/service/web',
] as const;

let agent: HobnobProcess | undefined;
let caller: HttpCaller | undefined;
beforeAll(async () => {
  agent = await HobnobProcess.start(host, ['-dev', '-log-level=ERR']);
  caller = new HttpCaller(host, 8500);
});
afterAll(async () => {
  caller?.close();
  await agent?.[Symbol.asyncDispose]();
});

async function call(method: 'GET' | 'PUT', path: string, body?: unknown) {
  const answer = await caller?.send({ method, path, body });
  if (answer?.status !== 200) throw new Error(`${path}: ${answer?.status} ${answer?.body}`);
  return answer;
}

function register(Node: string, service: string, Output: string) {
  const Service = { ID: `${service}-1`, Service: service, Meta: { Output } };
  const Check = { CheckID: `c-${service}`, Name: 'c', Status: 'passing', Output, ServiceID: Service.ID };
  return call('PUT', '/v1/catalog/register', { Node, Address: '10.0.0.1', Service, Check });
}

/** Watchers of each question, with the index that it has now. */
async function crowdOf(paths: readonly string[]): Promise<WatcherCrowd> {
  const targets: string[] = [];
  for (const path of paths) {
    const index = (await call('GET', path)).headers.get('X-Consul-Index');
    const target = `${path}${path.includes('?') ? '&' : '?'}index=${index}&wait=10m`;
    targets.push(...Array.from({ length: each }, () => target));
  }
  return WatcherCrowd.open(host, targets);
}

test('writes elsewhere answer nobody, and one that concerns them answers all', async () => {
  await register('here', 'web', 'first');
  await register('sentinel', 'db', 'first');
  const watchers = await crowdOf(questions);
  const sentinel = await crowdOf(['/v1/health/service/db?passing']);
  try {
    for (let i = 0; i < 20; i += 1) {
      await register('there', 'api', `output ${i}`);
      await register(`new-${i}`, 'api', 'first');
      await call('PUT', '/v1/catalog/register', {
        Node: 'there',
        Address: '10.0.0.1',
        Check: { CheckID: '_node_maintenance', Name: 'm', Status: 'critical' },
      });
      await call('PUT', '/v1/catalog/deregister', { Node: 'there', CheckID: '_node_maintenance' });
      await call('PUT', '/v1/catalog/deregister', { Node: `new-${i}` });
      // The same once more changes nothing.
      await register('here', 'web', 'first');
    }
    // Its watchers are answered after whatever the writes before it answered.
    await register('sentinel', 'db', 'second');
    await sentinel.untilAnswered(each);
    expect(watchers.answered).toBe(0);

    await register('here', 'web', 'second');
    await watchers.untilAnswered(each * questions.length);
  } finally {
    await Promise.all([watchers.close(), sentinel.close()]);
  }
});

test('watchers that are gone leave nothing behind', async () => {
  const connections = async () => (await readdir(`/proc/${agent?.pid}/fd`)).length;
  const before = await connections();
  const watchers = await crowdOf(questions);
  await waitUntil('all are connected', async () => (await connections()) >= before + each * questions.length);
  await watchers.close();
  await waitUntil('their sockets are closed', async () => (await connections()) < before + each);
  expect(watchers.answered).toBe(0);
});
