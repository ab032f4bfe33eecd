import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../interop/wait-until.ts';
import { HobnobProcess, hobnobBin, runHobnob } from '../support/hobnob-process.ts';

/** Services as people register and find them: the built command, and nothing else. */

const file = {
  services: [
    { name: 'web', id: 'web-1', port: 80, tags: ['v1'], check: { ttl: '10m', status: 'passing' } },
    { name: 'db', port: 5432 },
  ],
};

describe('the registry from the command line', () => {
  let agent: HobnobProcess;
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hobnob-registry-'));
    await writeFile(join(folder, 'services.json'), JSON.stringify(file));
    await writeFile(join(folder, 'services.hcl'), 'service { name = "web" }\n');
    agent = await HobnobProcess.start('127.25.14.1', ['-dev', '-node=r-server']);
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Exit code, output and errors of one command line for the agent. */
  async function hobnob(...args: readonly string[]): Promise<readonly [number, string, string]> {
    const { code, stdout, stderr } = await runHobnob(args, { env: { CONSUL_HTTP_ADDR: agent.address } });
    return [code, stdout, stderr];
  }

  test('services of a file are registered, listed, taken out of answers, and deregistered', async () => {
    const path = join(folder, 'services.json');
    const registered = 'Registered service: web\nRegistered service: db\n';
    expect(await hobnob('services', 'register', path)).toEqual([0, registered, '']);
    await waitUntil('both are in the catalog', async () => {
      const [, stdout] = await hobnob('catalog', 'services', '-tags');
      return stdout === 'consul      \ndb          \nweb         v1\n';
    });
    const [, nodes] = await hobnob('catalog', 'nodes', '-service=web');
    expect(nodes).toMatch(/^Node {6}ID {8}Address {6}DC\nr-server [ 0-9a-f]+ 127\.25\.14\.1 {2}dc1\n$/);
    expect(await hobnob('maint', '-enable', '-service=web-1', '-reason=new disk')).toEqual([
      0,
      'Service maintenance is now enabled for "web-1"\n',
      '',
    ]);
    expect(await hobnob('maint')).toEqual([0, 'Service:\n  ID:     web-1\n  Reason: new disk\n\n', '']);
    const [, info] = await hobnob('info');
    expect(info).toContain('agent:\n\tcheck_monitors = 0\n\tcheck_ttls = 1\n\tchecks = 2\n\tservices = 2\n');
    const removed = 'Deregistered service: web-1\nDeregistered service: db\n';
    expect(await hobnob('services', 'deregister', path)).toEqual([0, removed, '']);
    expect(await hobnob('maint')).toEqual([0, '', '']);
  });

  test('an HCL file registers its services, and one with a fault none', async () => {
    const path = join(folder, 'services.hcl');
    expect(await hobnob('services', 'register', path)).toEqual([0, 'Registered service: web\n', '']);
    expect(await hobnob('services', 'deregister', path)).toEqual([0, 'Deregistered service: web\n', '']);
    const broken = join(folder, 'broken.hcl');
    await writeFile(broken, 'service { name = "web"\n');
    const [code, stdout, stderr] = await hobnob('services', 'register', broken);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`${broken}:2:1: not valid HCL: `);
  });

  test('a filter is read from standard input', async () => {
    const line = [hobnobBin, 'catalog', 'nodes', `-http-addr=${agent.address}`, '-filter=-'];
    const child = spawn(process.execPath, line, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end('Node == "r-server"\n');
    expect(await text(child.stdout)).toMatch(/\nr-server /);
  });
});
