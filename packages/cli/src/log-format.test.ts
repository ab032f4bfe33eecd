import { describe, expect, test } from 'vitest';
import { formatJsonLine, formatTextLine, type LogRecord } from './log-format.ts';

const timeMs = Date.parse('2020-02-21T03:28:20.323Z');

function record(overrides: Partial<LogRecord>): LogRecord {
  return {
    timeMs,
    level: 'info',
    component: 'agent',
    message: 'started state syncer',
    detail: undefined,
    fields: {},
    ...overrides,
  };
}

describe('text lines', () => {
  test("have Consul's local time, level, component, message and fields", () => {
    const line = record({
      message: 'Started HTTP server',
      fields: { address: '127.25.0.9:8500', network: 'tcp' },
    });
    expect(formatTextLine(line, 480)).toBe(
      '2020-02-21T11:28:20.323+0800 [INFO]  agent: Started HTTP server: address=127.25.0.9:8500 network=tcp\n',
    );
  });

  test('write UTC as Z and zones behind it with a minus', () => {
    expect(formatTextLine(record({}), 0)).toBe(
      '2020-02-21T03:28:20.323Z [INFO]  agent: started state syncer\n',
    );
    expect(formatTextLine(record({}), -210)).toContain('2020-02-20T23:58:20.323-0330 ');
  });

  test('pad the short levels', () => {
    const labels = (['trace', 'debug', 'info', 'warn', 'error'] as const).map(
      (level) => formatTextLine(record({ level }), 0).split('Z ')[1],
    );
    expect(labels).toEqual(
      ['[TRACE]', '[DEBUG]', '[INFO] ', '[WARN] ', '[ERROR]'].map(
        (label) => `${label} agent: started state syncer\n`,
      ),
    );
  });

  test('put a detail right behind the message', () => {
    const line = record({
      component: 'agent.server.serf.lan',
      message: 'serf: EventMemberJoin',
      detail: 'server-1 10.25.84.163',
    });
    expect(formatTextLine(line, 480)).toBe(
      '2020-02-21T11:28:20.323+0800 [INFO]  agent.server.serf.lan: serf: EventMemberJoin: server-1 10.25.84.163\n',
    );
  });

  test('quote values with white space, bracket lists, and show nil', () => {
    const fields = {
      error: 'No known Consul servers',
      lan_addresses: ['127.25.0.1'],
      leader: '',
      last: null,
    };
    expect(formatTextLine(record({ fields }), 0)).toMatch(
      / error="No known Consul servers" lan_addresses=\[127\.25\.0\.1\] leader= last=<nil>\n$/,
    );
  });

  test('are one line each: a name with a newline cannot forge another', () => {
    const line = formatTextLine(record({ detail: 'a\n    fake', fields: { name: 'x\r\n\u0007y\u2028' } }), 0);
    expect(line.split(/[\n\r\u2028]/)).toHaveLength(2);
    expect(line).toContain('a\\n    fake: name="x\\r\\n\\u0007y\\u2028"');
  });
});

describe('JSON lines', () => {
  test("have hclog's keys in order, with microseconds", () => {
    const line = record({ message: 'Caught', fields: { signal: 'terminated', code: 1 } });
    expect(formatJsonLine(line, 480)).toBe(
      '{"@level":"info","@message":"Caught","@module":"agent","@timestamp":"2020-02-21T11:28:20.323000+08:00","code":1,"signal":"terminated"}\n',
    );
    expect(formatJsonLine(line, 0)).toContain('"@timestamp":"2020-02-21T03:28:20.323000Z"');
  });

  test('put a detail behind the message', () => {
    const line = record({ message: 'serf: EventMemberJoin', detail: 'vm 127.25.0.9' });
    expect(formatJsonLine(line, 0)).toContain('"@message":"serf: EventMemberJoin: vm 127.25.0.9"');
  });
});
