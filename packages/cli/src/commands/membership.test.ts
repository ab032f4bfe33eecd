import { AgentClientError } from '@hobnob/agent/client';
import { describe, expect, test } from 'vitest';
import { run } from '../../test/recording-io.ts';

function refused(body: string): AgentClientError {
  const request = { method: 'PUT', url: 'http://127.0.0.1:8500/v1/agent/x', status: 500, body };
  return new AgentClientError('CLIENT_STATUS', 'refused', request);
}

describe('join', () => {
  const unreachable =
    '1 error occurred:\n\t* Failed to join 127.25.0.77: dial tcp 127.25.0.77:8301: connect: connection refused\n\n';
  const client = {
    async join(address: string) {
      if (address === '127.25.0.77') throw refused(unreachable);
    },
  };
  const complaint = `Error joining address '127.25.0.77': Unexpected response code: 500 (${unreachable})\n`;

  test('counts the addresses that answered', async () => {
    expect(await run(['join', '127.25.0.1', '127.25.0.2'], { client })).toEqual({
      code: 0,
      stdout: 'Successfully joined cluster by contacting 2 nodes.\n',
      stderr: '',
    });
  });

  test('one that answers is enough; the others are named on stderr', async () => {
    expect(await run(['join', '127.25.0.1', '127.25.0.77'], { client })).toEqual({
      code: 0,
      stdout: 'Successfully joined cluster by contacting 1 nodes.\n',
      stderr: complaint,
    });
  });

  test('fails when none answered', async () => {
    expect(await run(['join', '127.25.0.77'], { client })).toEqual({
      code: 1,
      stdout: '',
      stderr: `${complaint}Failed to join any nodes.\n`,
    });
  });

  test('needs an address', async () => {
    const { code, stdout, stderr } = await run(['join']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^Usage: consul join \[options\] address \.\.\.\n[\s\S]*\n\nAt least one address to join must be specified\.\n$/,
    );
  });

  test('-wan joins the WAN pool', async () => {
    const asked: unknown[] = [];
    const join = async (address: string, options: unknown) => void asked.push([address, options]);
    await run(['join', '-wan', 'a'], { client: { join } });
    await run(['join', 'b', '-wan'], { client: { join } });
    expect(asked).toEqual([
      ['a', { wan: true }],
      ['b', { wan: false }],
      ['-wan', { wan: false }],
    ]);
  });
});

describe('leave', () => {
  test('says when the agent has left', async () => {
    expect(await run(['leave'], { client: { leave: async () => undefined } })).toEqual({
      code: 0,
      stdout: 'Graceful leave complete\n',
      stderr: '',
    });
  });

  test('says why it has not', async () => {
    const leave = async () => Promise.reject(refused('no'));
    expect(await run(['leave'], { client: { leave } })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Error leaving: Unexpected response code: 500 (no)\n',
    });
  });

  test('takes no arguments', async () => {
    const { code, stdout, stderr } = await run(['leave', 'x', 'y']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^Usage: consul leave \[options\]\n[\s\S]*\n\nError found unexpected args: \[x y\]\n$/,
    );
  });
});

describe('force-leave', () => {
  test('is silent when it succeeds, and passes -prune on', async () => {
    const asked: unknown[] = [];
    const forceLeave = async (node: string, options: unknown) => void asked.push([node, options]);
    expect(await run(['force-leave', 'a'], { client: { forceLeave } })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    await run(['force-leave', '-prune', 'b'], { client: { forceLeave } });
    expect(asked).toEqual([
      ['a', { prune: false }],
      ['b', { prune: true }],
    ]);
  });

  test('says when no member has that name', async () => {
    const forceLeave = async () => Promise.reject(refused("agent: No node found with name 'nope'"));
    expect(await run(['force-leave', 'nope'], { client: { forceLeave } })).toEqual({
      code: 1,
      stdout: '',
      stderr: "Error force leaving: Unexpected response code: 500 (agent: No node found with name 'nope')\n",
    });
  });

  test.each([[[]], [['a', 'b']]])('needs exactly one name, not %j', async (names) => {
    const { code, stdout, stderr } = await run(['force-leave', ...names]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^Usage: consul force-leave \[options\] name\n[\s\S]*\n\nA single node name must be specified to force leave\.\n$/,
    );
  });
});
