import { expect, test } from 'vitest';
import { createAgentLog } from './agent-log.ts';

function logTo(
  lines: string[],
  options: { readonly level?: 'info' | 'debug'; readonly json?: boolean } = {},
) {
  return createAgentLog({
    level: options.level ?? 'info',
    json: options.json ?? false,
    stdout: {
      name: 'stdout',
      write(line, done) {
        lines.push(line.replace(/^ {4}\d{4}-\S+ /, ''));
        done();
      },
    },
  });
}

test('lines wait for the banner, then go out in order', () => {
  const lines: string[] = [];
  const { logger, open } = logTo(lines);
  logger.child({ component: 'agent' }).warn({}, 'first');
  expect(lines).toEqual([]);
  open();
  logger.child({ component: 'agent.server' }).info({ a: 1 }, 'second');
  expect(lines).toEqual(['[WARN]  agent: first\n', '[INFO]  agent.server: second: a=1\n']);
});

test('what is below the level is not written', () => {
  const lines: string[] = [];
  const { logger, open } = logTo(lines);
  open();
  logger.debug({}, 'quiet');
  logger.info({}, 'loud');
  expect(lines).toEqual(['[INFO]  agent: loud\n']);
});

test('an error is its sentence, never its stack', () => {
  const lines: string[] = [];
  const { logger, open } = logTo(lines);
  open();
  logger.error({ error: new Error('No cluster leader') }, 'failed to sync remote state');
  logger.error({ err: new Error('boom') }, 'other');
  expect(lines).toEqual([
    '[ERROR] agent: failed to sync remote state: error="No cluster leader"\n',
    '[ERROR] agent: other: err=boom\n',
  ]);
});

test('a child of a child speaks under its own name, with its detail behind the message', () => {
  const lines: string[] = [];
  const { logger, open } = logTo(lines);
  open();
  const child = logger.child({ component: 'agent' }).child({ component: 'agent.server.serf.lan' });
  child.info({ detail: 'vm 127.0.0.1' }, 'serf: EventMemberJoin');
  expect(lines).toEqual(['[INFO]  agent.server.serf.lan: serf: EventMemberJoin: vm 127.0.0.1\n']);
});

test('as JSON, each line is one object', () => {
  const lines: string[] = [];
  const { logger, open } = logTo(lines, { json: true });
  open();
  logger.info({ code: 0 }, 'Exit code');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { '@level': 'info', '@message': 'Exit code', '@module': 'agent', code: 0 },
  ]);
});
