import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adding, defined, localOnFakes, remote, service } from '../../test/local-on-fakes.ts';

const s = 1_000_000_000n;
let dataDir = '';

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hobnob-local-'));
});

afterEach(() => rm(dataDir, { recursive: true, force: true }));

const at = (...names: readonly string[]): string => join(dataDir, ...names);

/** Names of files are md5 hashes of ids, as `printf w1 | md5sum` prints them. */
const w1 = 'a95dcb8aebb202efeedb10d5538edeb9';
const mem = 'afc4fc7e48a0710a1dc94ef3e8bc5764';

test('files have the names, modes and bytes of Consul 1.8.7', async () => {
  const { port } = await localOnFakes({ dataDir });
  const web = { ID: 'w1', Service: 'web', Tags: ['a'], Meta: { k: 'v' }, Port: 80 };
  await port.registerService(service(web), adding);
  await port.registerCheck(defined({ Name: 'mem', TTL: 15n * s, ServiceID: 'w1' }), remote);
  await port.updateTtl('mem', { status: 'warning', output: 'hello' });
  // Copied from the data directory of a real agent, but for the node's name and the time.
  expect(await readFile(at('services', w1), 'utf8')).toBe(
    '{"Token":"","Service":{"ID":"w1","Service":"web","Tags":["a"],"Address":"","Meta":{"k":"v"},"Port":80,"Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false,"Proxy":{"MeshGateway":{},"Expose":{}},"Connect":{},"CreateIndex":0,"ModifyIndex":0},"Source":"remote"}',
  );
  expect(await readFile(at('checks', mem), 'utf8')).toBe(
    '{"Check":{"Node":"me","CheckID":"mem","Name":"mem","Status":"critical","Notes":"","Output":"","ServiceID":"w1","ServiceName":"web","ServiceTags":["a"],"Type":"ttl","Definition":{},"CreateIndex":0,"ModifyIndex":0},"ChkType":{"CheckID":"","Name":"mem","Status":"","Notes":"","ScriptArgs":null,"HTTP":"","Header":null,"Method":"","Body":"","TCP":"","Interval":0,"AliasNode":"","AliasService":"","DockerContainerID":"","Shell":"","GRPC":"","GRPCUseTLS":false,"TLSSkipVerify":false,"Timeout":0,"TTL":15000000000,"SuccessBeforePassing":0,"FailuresBeforeCritical":0,"ProxyHTTP":"","ProxyGRPC":"","DeregisterCriticalServiceAfter":0,"OutputMaxSize":0},"Token":"","Source":"remote"}',
  );
  expect(await readFile(at('checks', 'state', mem), 'utf8')).toBe(
    '{"CheckID":"mem","Output":"hello","Status":"warning","Expires":1800000015}',
  );
  for (const name of [at('services', w1), at('checks', mem), at('checks', 'state', mem)]) {
    expect((await stat(name)).mode & 0o777).toBe(0o600);
  }
  expect((await stat(at('checks', 'state'))).mode & 0o777).toBe(0o700);
});

test('a restarted agent has what was registered: checks critical, TTL checks in their last state', async () => {
  const before = await localOnFakes({ dataDir });
  const sidecar = { ID: 'w1-sidecar-proxy', LocallyRegisteredAsSidecar: true };
  await before.port.registerService(service({ ID: 'w1' }, [{ Name: 'mem', TTL: 15n * s }]), {
    ...adding,
    token: 'secret',
  });
  await before.port.registerService(service(sidecar), adding);
  const tcp = defined({ Name: 'tcp', TCP: '127.0.0.1:1', Interval: 10n * s, Status: 'passing' });
  await before.port.registerCheck(tcp, remote);
  await before.port.enableServiceMaintenance('w1', { reason: 'r', token: '' });
  await before.port.updateTtl('mem', { status: 'passing', output: 'hello' });

  const after = await localOnFakes({ dataDir });
  expect([...after.port.services().keys()].toSorted()).toEqual(['w1', 'w1-sidecar-proxy']);
  expect(await after.inCatalog.checks()).toMatchObject([
    { CheckID: '_service_maintenance:w1', Status: 'critical', Notes: 'r', Type: 'maintenance' },
    { CheckID: 'mem', Status: 'passing', Output: 'hello' },
    { CheckID: 'tcp', Status: 'critical' },
  ]);
  // The TTL begins anew, and the check is run again.
  after.clock.advance(14_999);
  expect(after.port.checks().get('mem')?.record.Status).toBe('passing');
  after.clock.advance(1);
  expect(after.port.checks().get('mem')?.record.Status).toBe('critical');
  await after.port.deregisterService('w1');
  expect([...after.port.services().keys()]).toEqual([]);
  expect(await readdir(at('services'))).toEqual([]);
  expect((await readdir(at('checks'))).length).toBe(2); // tcp and the folder of states
  expect(await readdir(at('checks', 'state'))).toEqual([]);
});

test('a state that has expired is not shown', async () => {
  const before = await localOnFakes({ dataDir });
  await before.port.registerCheck(defined({ Name: 'mem', TTL: 15n * s }), remote);
  await before.port.updateTtl('mem', { status: 'passing', output: 'hello' });
  const state = { CheckID: 'mem', Output: 'hello', Status: 'passing', Expires: 1_800_000_000 };
  await writeFile(at('checks', 'state', mem), JSON.stringify(state));
  const after = await localOnFakes({ dataDir });
  expect(after.port.checks().get('mem')?.record).toMatchObject({ Status: 'critical', Output: '' });
});

test('damaged files are logged and stay, and all others are restored', async () => {
  const before = await localOnFakes({ dataDir });
  await before.port.registerService(service({ ID: 'w1' }), adding);
  await mkdir(at('services', 'folder'));
  const damaged: Readonly<Record<string, string>> = {
    'services/aaaa': 'garbage',
    'services/bbbb': '',
    'services/cccc': '{}',
    'services/foo.tmp': 'x',
    'checks/dddd': '{"Check":{"Node":"me","CheckID":"bad',
    'checks/eeee': '{}',
    'checks/ffff':
      '{"Check":{"CheckID":"s","Name":"s"},"ChkType":{"ScriptArgs":["true"],"Interval":1000000000}}',
    'checks/state/gggg': '{',
  };
  for (const [name, content] of Object.entries(damaged)) await writeFile(at(name), content);
  const { port, lines } = await localOnFakes({ dataDir });
  expect([...port.services().keys()]).toEqual(['w1']);
  expect(port.checks().size).toBe(0);
  for (const [name, content] of Object.entries(damaged)) {
    expect(await readFile(at(name), 'utf8')).toBe(content);
  }
  const said = lines.filter((line) => /^(WARN|ERROR)/.test(line)).map((line) => line.replaceAll(dataDir, ''));
  expect(said).toEqual([
    `ERROR agent: Failed decoding service file {"file":"/services/aaaa","error":"invalid character 'g' looking for beginning of value"}`,
    'ERROR agent: Failed decoding service file {"file":"/services/bbbb","error":"unexpected end of JSON input"}',
    'WARN agent: Ignoring temporary service file {"file":"foo.tmp"}',
    'ERROR agent: Failed decoding check file {"file":"/checks/dddd","error":"unexpected end of JSON input"}',
    'ERROR agent: failed decoding check state file {"file":"/checks/state/gggg","error":"unexpected end of JSON input"}',
    'ERROR agent: Failed adding service {"file":"/services/cccc","error":"Service name missing"}',
    'ERROR agent: Failed to restore check {"file":"/checks/eeee","error":"CheckID missing"}',
    expect.stringContaining('WARN agent: Failed to restore check {"check":"s","error":"Scripts are disabled'),
  ]);
});

test('a check whose service is gone is logged and removed, as in Consul', async () => {
  const before = await localOnFakes({ dataDir });
  await before.port.registerService(service({ ID: 'w1' }, [{ Name: 'mem', TTL: s }]), adding);
  await rm(at('services', w1));
  const { port, lines } = await localOnFakes({ dataDir });
  expect(port.checks().size).toBe(0);
  expect(lines).toContain(
    'WARN agent: Failed to restore check {"check":"mem","error":"ServiceID \\"w1\\" does not exist"}',
  );
  expect(await readdir(at('checks'))).toEqual(['state']);
});

test('what cannot be written is refused, and neither registered nor half on disk', async () => {
  const { port, inCatalog } = await localOnFakes({ dataDir });
  // A folder where the file of the check belongs.
  await mkdir(at('checks', mem));
  const web = service({ ID: 'w1' }, [{ Name: 'mem', TTL: s }]);
  await expect(port.registerService(web, adding)).rejects.toMatchObject({ code: 'AGENT_DATA_DIR' });
  expect(port.services().size).toBe(0);
  expect(await inCatalog.services()).toEqual([]);
  expect(await readdir(at('services'))).toEqual([]);
  await rm(at('checks', mem), { recursive: true });
  await port.registerService(web, adding);
  expect(port.services().has('w1')).toBe(true);
});

test('a service that cannot be written leaves no files of its new checks', async () => {
  const { port } = await localOnFakes({ dataDir });
  // A folder where the file of the service belongs.
  await mkdir(at('services', w1));
  const web = service({ ID: 'w1' }, [{ Name: 'mem', TTL: s }]);
  await expect(port.registerService(web, adding)).rejects.toMatchObject({ code: 'AGENT_DATA_DIR' });
  expect(await readdir(at('checks'))).toEqual(['state']);
});

test('an update while its check is removed leaves no state on disk', async () => {
  const { port } = await localOnFakes({ dataDir });
  for (let n = 0; n < 20; n += 1) {
    await port.registerService(service({ ID: 'w1' }, [{ Name: 'mem', TTL: s }]), adding);
    const removed = port.deregisterService('w1');
    const updates: Promise<void>[] = [];
    while (port.checks().has('mem')) {
      updates.push(port.updateTtl('mem', { status: 'passing', output: '' }));
      await turn();
    }
    await Promise.all([removed, ...updates]);
    expect(await readdir(at('checks', 'state'))).toEqual([]);
  }
});

test('registrations and removals of one service end as the last call says, on disk too', async () => {
  const { port, inCatalog } = await localOnFakes({ dataDir });
  const web = service({ ID: 'w1' }, [{ Name: 'mem', TTL: s }]);
  const calls: Promise<void>[] = [];
  for (let n = 0; n < 10; n += 1) {
    calls.push(port.registerService(web, adding), port.deregisterService('w1'));
  }
  await Promise.all(calls);
  expect(await inCatalog.services()).toEqual([]);
  expect(await readdir(at('services'))).toEqual([]);
  expect(await readdir(at('checks'))).toEqual(['state']);
});
