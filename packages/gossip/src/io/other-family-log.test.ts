import { expect, test } from 'vitest';
import { recordingLogger } from '../../test/support/recording-logger.ts';
import { OtherFamilyLog } from './other-family-log.ts';
import { openUdpTransport } from './udp-transport.ts';

const to = { host: 'fd00::7', port: 7946 };
const system = (code: string): Error => Object.assign(new Error(`said by the system: ${code}`), { code });

test('a member of the other family that datagrams do not reach is logged once, with the effect', async () => {
  const { logger, lines } = recordingLogger();
  const four = await openUdpTransport({ host: '127.22.5.1', port: 0, logger });
  try {
    for (let i = 0; i < 3; i += 1) {
      await new Promise<Error>((resolve) =>
        four.send(Uint8Array.of(1), { host: '::1', port: 7946 }, resolve),
      );
    }
  } finally {
    await four.close();
  }
  expect(lines).toMatchObject([
    {
      level: 'warn',
      message: 'a member has an address of another family than the one bound here',
      fields: { address: '[::1]:7946', bind: '127.22.5.1' },
    },
  ]);
});

test.each([
  ['10.0.0.1', 'ENETUNREACH', 1],
  ['10.0.0.1', 'ECONNREFUSED', 0],
  ['::', 'ENETUNREACH', 0],
  ['fd00::1', 'EHOSTUNREACH', 0],
])('bound to %s, a stream that fails with %s is logged %i times', (bindHost, code, times) => {
  const { logger, lines } = recordingLogger();
  new OtherFamilyLog(logger).streamFailed(bindHost, to, system(code));
  expect(lines).toHaveLength(times);
});

test('a pool of any size cannot fill the log', () => {
  const { logger, lines } = recordingLogger();
  const log = new OtherFamilyLog(logger);
  for (let port = 1; port < 2_000; port += 1)
    log.datagramFailed('10.0.0.1', { ...to, port }, system('EINVAL'));
  expect(lines).toHaveLength(256);
});
