import * as agent from '@hobnob/agent';
import { AgentClientError } from '@hobnob/agent/client';
import { describe, expect, test } from 'vitest';
import { memberRecord, recordingIo, run } from '../../test/recording-io.ts';
import { runProgram } from '../program.ts';

const serverTags = {
  build: '1.8.7:',
  dc: 'dc1',
  id: 'e562e60f-2322-080e-5e6d-108df0e78c8f',
  role: 'consul',
  segment: '',
  vsn: '2',
};
const server = memberRecord('real1', { Tags: serverTags });
const client = memberRecord('real2', {
  Addr: '127.25.0.2',
  Status: 4,
  Tags: { build: '1.8.7:hobnob-0.1.0', dc: 'dc1', role: 'node', segment: '', vsn: '2' },
});
const late = memberRecord('another', { Addr: '127.25.0.3', Status: 3, Tags: client.Tags });
const world = { client: { members: async () => [client, late, server] }, agent };

describe('members', () => {
  test("prints Consul's table, servers first, then by name", async () => {
    expect(await run(['members'], world)).toEqual({
      code: 0,
      stderr: '',
      stdout:
        'Node     Address          Status  Type    Build  Protocol  DC   Segment\n' +
        'real1    127.25.0.1:8301  alive   server  1.8.7  2         dc1  <all>\n' +
        'another  127.25.0.3:8301  left    client  1.8.7  2         dc1  <default>\n' +
        'real2    127.25.0.2:8301  failed  client  1.8.7  2         dc1  <default>\n',
    });
  });

  test('-detailed shows all tags, sorted', async () => {
    expect((await run(['members', '-detailed', '-status=alive|failed'], world)).stdout).toBe(
      'Node   Address          Status  Tags\n' +
        'real1  127.25.0.1:8301  alive   build=1.8.7:,dc=dc1,id=e562e60f-2322-080e-5e6d-108df0e78c8f,role=consul,segment=<all>,vsn=2\n' +
        'real2  127.25.0.2:8301  failed  build=1.8.7:hobnob-0.1.0,dc=dc1,role=node,segment=<default>,vsn=2\n',
    );
  });

  test('brackets IPv6, and shows members that are no Consul agents as unknown', async () => {
    const foreign = memberRecord('web', { Addr: '::1', Tags: { role: 'web' }, Status: 3 });
    expect((await run(['members'], { client: { members: async () => [foreign] } })).stdout).toBe(
      'Node  Address     Status  Type     Build  Protocol  DC  Segment\n' +
        'web   [::1]:8301  left    unknown                       \n',
    );
  });

  test('-status filters by a regular expression', async () => {
    const { code, stdout } = await run(['members', '-status', '^fail'], world);
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(1)).toEqual([
      'real2  127.25.0.2:8301  failed  client  1.8.7  2         dc1  <default>',
      '',
    ]);
  });

  test.each([
    ['', 3],
    ['.*', 3],
    ['liv', 1],
    ['(?i)ALIVE|LEFT', 2],
    ['^a', 1],
  ])('-status=%s shows as many members as with Consul: %i', async (expression, count) => {
    const { stdout } = await run(['members', `-status=${expression}`], world);
    expect(stdout.split('\n')).toHaveLength(count + 2);
  });

  test('what a peer calls itself moves no cursor and forges no row', async () => {
    const evil = memberRecord('a\u001b[2J\nfake  127.0.0.1:1  alive\u202e', {
      Tags: { ...server.Tags, dc: 'd\rc', 'k\u009b': 'v\u2028' },
    });
    const pool = { client: { members: async () => [evil] } };
    for (const flags of [[], ['-detailed']]) {
      const { stdout } = await run(['members', ...flags], pool);
      expect(stdout.split('\n')).toHaveLength(3);
      expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\u2028\u202e]/u);
      expect(stdout).toContain('a\\u001b[2J\\nfake  127.0.0.1:1  alive\\u202e');
    }
    const { stdout } = await run(['members', '-format=json'], pool);
    expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\u2028\u202e]/u);
    expect(JSON.parse(stdout)).toEqual([evil]);
  });

  test('exits with 2 and prints nothing when no member matches', async () => {
    expect(await run(['members', '-status=leaving'], world)).toEqual({ code: 2, stdout: '', stderr: '' });
  });

  test('refuses a broken expression, an unknown format and a segment', async () => {
    const problems = { '(': 'missing closing ): `(`', '(?=a)': 'invalid or unsupported Perl syntax: `(?=`' };
    for (const [expression, problem] of Object.entries(problems)) {
      expect(await run(['members', `-status=${expression}`], world)).toEqual({
        code: 1,
        stdout: '',
        stderr: `Failed to compile status regexp: error parsing regexp: ${problem}\n`,
      });
    }
    expect(await run(['members', '-format=xml'])).toMatchObject({
      code: 1,
      stderr: 'Unknown format: xml (allowed: pretty, json)\n',
    });
    expect(await run(['members', '-segment=foo'])).toMatchObject({
      code: 1,
      stderr: 'Error retrieving members: Network segments are not supported in this version of Consul\n',
    });
  });

  test('-format json prints what the API answered', async () => {
    const { code, stdout } = await run(['members', '-format', 'json'], world);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([server, late, client]);
  });

  test('-wan asks for the WAN pool', async () => {
    const asked: unknown[] = [];
    const members = async (options: unknown) => {
      asked.push(options);
      return [server];
    };
    await run(['members', '-wan'], { client: { members } });
    await run(['members', '-wan=false'], { client: { members } });
    expect(asked).toEqual([{ wan: true }, { wan: false }]);
  });
});

describe('the agent to ask', () => {
  async function connection(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const io = recordingIo({
      ...world,
      env,
      files: new Map([
        ['token.txt', ' secret\n'],
        ['empty.txt', '\n'],
      ]),
    });
    const code = await runProgram(['members', ...argv], io);
    return code === 0 ? io.connections : io.printed.stderr;
  }

  test('is local by default; the flag wins over the environment', async () => {
    const env = { CONSUL_HTTP_ADDR: 'unix:///run/hobnob.sock' };
    expect(await connection([])).toEqual([{ address: '127.0.0.1:8500' }]);
    expect(await connection([], env)).toEqual([{ address: 'unix:///run/hobnob.sock' }]);
    expect(await connection(['-http-addr=', '-token='], env)).toEqual([
      { address: 'unix:///run/hobnob.sock' },
    ]);
    expect(await connection(['-http-addr', '[::1]:1'], env)).toEqual([{ address: '[::1]:1' }]);
  });

  test('sends the token, from a file before all else', async () => {
    const address = '127.0.0.1:8500';
    const env = { CONSUL_HTTP_TOKEN: 'env' };
    expect(await connection([], env)).toEqual([{ address, token: 'env' }]);
    expect(await connection(['-token=flag'], env)).toEqual([{ address, token: 'flag' }]);
    expect(await connection(['-token=flag', '-token-file=token.txt'])).toEqual([
      { address, token: 'secret' },
    ]);
    expect(await connection(['-token-file=/nonexist'])).toBe(
      'Error connecting to Consul agent: Error loading token file: open /nonexist: no such file or directory\n',
    );
    expect(await connection(['-token-file=empty.txt'])).toBe(
      'Error connecting to Consul agent: Error loading token file: empty.txt is empty\n',
    );
  });

  test('is asked over TLS when that was wanted, also where the address says http', async () => {
    const tls = { ca: 'ca of the system', rejectUnauthorized: true };
    const address = 'https://127.0.0.1:8501';
    expect(await connection([`-http-addr=${address}`])).toEqual([{ address, tls }]);
    const env = { CONSUL_HTTP_SSL: 'true' };
    expect(await connection(['-http-addr=127.0.0.1:8501'], env)).toEqual([{ address, tls }]);
    expect(await connection(['-http-addr=http://127.0.0.1:8501'], env)).toEqual([{ address, tls }]);
    expect(await connection(['-http-addr=unix:///a.sock'], env)).toEqual([{ address: 'unix:///a.sock' }]);
    expect(await connection([`-http-addr=${address}`], { CONSUL_HTTP_SSL: '0' })).toEqual([{ address, tls }]);
  });

  test('gets certificates and a name from flags, which win over the environment', async () => {
    const address = 'https://127.0.0.1:8501';
    const env = {
      CONSUL_HTTP_ADDR: address,
      CONSUL_CACERT: 'env.ca',
      CONSUL_CAPATH: 'env.d',
      CONSUL_CLIENT_CERT: 'env.cert',
      CONSUL_CLIENT_KEY: 'env.key',
      CONSUL_TLS_SERVER_NAME: 'env.consul:8501',
      CONSUL_HTTP_SSL_VERIFY: 'false',
    };
    const fromEnv = {
      ca: 'ca of env.ca',
      cert: 'cert of env.cert',
      key: 'key of env.key',
      serverName: 'env.consul',
      rejectUnauthorized: false,
    };
    expect(await connection([], env)).toEqual([{ address, tls: fromEnv }]);
    const flags = ['-ca-file=flag.ca', '-client-cert=c', '-client-key=k', '-tls-server-name=[::1]:8501'];
    expect(await connection(flags, env)).toEqual([
      {
        address,
        tls: {
          ...fromEnv,
          ca: 'ca of flag.ca',
          cert: 'cert of c',
          key: 'key of k',
          serverName: '::1',
        },
      },
    ]);
    expect(await connection(['-http-addr', address, '-ca-path=flag.d'])).toEqual([
      { address, tls: { ca: 'ca of flag.d', rejectUnauthorized: true } },
    ]);
    expect(await connection(['-ca-file=flag.ca'])).toEqual([{ address: '127.0.0.1:8500' }]);
  });

  test('is not asked when it is unclear how', async () => {
    for (const name of ['CONSUL_HTTP_SSL', 'CONSUL_HTTP_SSL_VERIFY']) {
      expect(await connection([], { [name]: 'yes' })).toBe(
        `Error connecting to Consul agent: could not parse ${name}: "yes" is no boolean\n`,
      );
    }
    expect(await connection(['-http-addr=ftp://x:1'])).toBe(
      'Error connecting to Consul agent: Unknown protocol scheme: ftp\n',
    );
    expect(await connection([], { CONSUL_HTTP_AUTH: 'me:secret' })).toMatch(
      /^Error connecting .*CONSUL_HTTP_AUTH/,
    );
  });
});

describe('when the agent does not answer', () => {
  const url = 'http://127.0.0.1:8500/v1/agent/members?segment=_all';

  function failing(cause: Error, failedUrl = url) {
    return {
      client: {
        members: async () => {
          throw new AgentClientError(
            'CLIENT_CONNECTION',
            'failed',
            { method: 'GET', url: failedUrl },
            { cause },
          );
        },
      },
    };
  }

  test.each([
    [
      { code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port: 8500 },
      'dial tcp 127.0.0.1:8500: connect: connection refused',
    ],
    [
      { code: 'ECONNREFUSED', syscall: 'connect', address: '::1', port: 1 },
      'dial tcp [::1]:1: connect: connection refused',
    ],
    [
      { code: 'ENOENT', syscall: 'connect', address: '/x' },
      'dial unix /x: connect: no such file or directory',
    ],
    [
      { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'nonsense' },
      'dial tcp: lookup nonsense: no such host',
    ],
    [{}, 'socket hang up'],
  ])('says so as Consul does: %j', async (facts, reason) => {
    expect(await run(['members'], failing(Object.assign(new Error('socket hang up'), facts)))).toEqual({
      code: 1,
      stdout: '',
      stderr: `Error retrieving members: Get "${url}": ${reason}\n`,
    });
  });

  test('a unix socket is written as the host of the URL', async () => {
    const facts = { code: 'ENOENT', syscall: 'connect', address: '/run/x.sock' };
    const failure = failing(Object.assign(new Error(), facts), 'unix:///run/x.sock/v1/agent/members');
    expect((await run(['members'], failure)).stderr).toBe(
      'Error retrieving members: Get "http://%2Frun%2Fx.sock/v1/agent/members": dial unix /run/x.sock: connect: no such file or directory\n',
    );
  });

  test('a name with several addresses is described by the first', async () => {
    const refused = { code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port: 8500 };
    const cause = new AggregateError([Object.assign(new Error('one'), refused)], '');
    const { stderr } = await run(['members'], failing(Object.assign(cause, { code: 'ECONNREFUSED' })));
    expect(stderr).toContain('dial tcp 127.0.0.1:8500: connect: connection refused');
  });

  test('an error that is no failed request is not dressed up as one', async () => {
    const bug = { client: { members: async () => Promise.reject(new TypeError('bug')) } };
    await expect(run(['members'], bug)).rejects.toThrow(TypeError);
  });
});
