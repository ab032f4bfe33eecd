import { describe, expect, test } from 'vitest';
import { FakePackets } from '../test/support/fake-transports.ts';
import { alive } from '../test/support/swim-fixture.ts';
import { GossipError } from './errors.ts';
import type { GossipOptions } from './options.ts';
import { profileTimings } from './profiles.ts';
import { resolveOptions } from './resolve-options.ts';
import { createKeyring } from './wire/encryption.ts';
import { sealPacket } from './wire/packet.ts';
import { encodePacketMessage } from './wire/swim-codec.ts';

/** What is wrong with the options, as one text. */
function problems(options: object): string {
  try {
    resolveOptions({ name: 'a', ...options } as GossipOptions);
  } catch (error) {
    if (!(error instanceof GossipError) || error.code !== 'GOSSIP_OPTIONS') throw error;
    return error.message;
  }
  return 'none';
}

describe('options left out', () => {
  test('have the defaults of the LAN profile', () => {
    const config = resolveOptions({ name: 'a' });
    expect(config).toMatchObject({
      name: 'a',
      bind: { host: '0.0.0.0', port: 8301 },
      advertise: { host: undefined, port: undefined },
      tags: {},
      keys: [],
      verifyIncoming: true,
      verifyOutgoing: true,
      label: '',
      compression: true,
      serfProtocol: 5,
      coalesce: undefined,
      timing: profileTimings.lan,
    });
    expect(config.allowsHost('203.0.113.5')).toBe(true);
    expect(Object.isFrozen(config)).toBe(true);
  });

  test.each([
    ['lan', 8301, { probeIntervalMs: 1000, probeTimeoutMs: 500, suspicionMult: 4, gossipNodes: 3 }],
    ['wan', 8302, { probeIntervalMs: 5000, probeTimeoutMs: 3000, suspicionMult: 6, gossipNodes: 4 }],
    ['local', 7946, { probeIntervalMs: 1000, probeTimeoutMs: 200, suspicionMult: 3, retransmitMult: 4 }],
  ] as const)('follow the profile %s, spec 3.13', (profile, port, timing) => {
    const config = resolveOptions({ name: 'a', profile });
    expect(config.bind.port).toBe(port);
    expect(config.timing).toMatchObject(timing);
  });

  test('keep the settings that are given, and only those', () => {
    const { timing } = resolveOptions({ name: 'a', timing: { probeIntervalMs: 100 } });
    expect(timing).toEqual({ ...profileTimings.lan, probeIntervalMs: 100 });
  });
});

describe('wrong options', () => {
  test('are reported all at once, each with its path, its value and what is allowed', () => {
    const message = problems({ name: '', bind: { host: 'localhost', port: 70_000 }, label: 'x'.repeat(256) });
    for (const part of ['name is "";', 'bind.host is "localhost"', 'bind.port is 70000', 'label is']) {
      expect(message).toContain(part);
    }
  });

  test('are listed one by one in the error', () => {
    try {
      resolveOptions({ name: '', label: 'x'.repeat(256) });
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof GossipError)) throw error;
      expect(error.problems).toEqual([
        'name is ""; allowed: 1 to 128 bytes of UTF-8',
        expect.stringMatching(/^label is /),
      ]);
    }
  });

  test.each<[string, object]>([
    ['name', { name: 'é'.repeat(65) }],
    ['name', { name: undefined }],
    ['profile', { profile: 'moon' }],
    ['profile', { profile: 'toString' }],
    ['bind.port', { bind: { port: 1.5 } }],
    ['advertise.host', { advertise: { host: 'example.org' } }],
    ['advertise.host', { advertise: { host: '0.0.0.0' } }],
    ['advertise.host', { advertise: { host: '::' } }],
    ['advertise.host', { advertise: { host: '::1' } }],
    ['advertise.host', { bind: { host: '10.0.0.1' }, advertise: { host: 'fd00::1' } }],
    ['advertise.host', { bind: { host: '::1' }, advertise: { host: '10.0.0.1' } }],
    ['advertise.port', { advertise: { port: 0 } }],
    ['serfProtocol', { serfProtocol: 3 }],
    ['tags', { tags: { big: 'x'.repeat(600) } }],
    ['tags', { tags: { port: 8080 } }],
    ['encryption.keys', { encryption: { keys: [] } }],
    ['encryption.keys[1]', { encryption: { keys: [new Uint8Array(16), new Uint8Array(15)] } }],
    ['encryption.keys[0]', { encryption: { keys: ['AAAAAAAAAAAAAAAAAAAAA!A=='] } }],
    ['encryption.keys[0]', { encryption: { keys: ['not base64'] } }],
    ['encryption.keys[0]', { encryption: { keys: ['AAAAAAAAAAAAAAAAAAAAAA'] } }],
    ['allowedNetworks[0]', { allowedNetworks: ['10.0.0.0'] }],
    ['allowedNetworks[1]', { allowedNetworks: ['10.0.0.0/8', '10.0.0.0/33'] }],
    ['allowedNetworks[0]', { allowedNetworks: ['::1/129'] }],
    ['coalesce.periodMs', { coalesce: { periodMs: -1, quietMs: 5 } }],
    ['coalesce.quietMs', { coalesce: { periodMs: 1, quietMs: Number.NaN } }],
    ['timing.probeIntervalMs', { timing: { probeIntervalMs: 0 } }],
    ['timing.probeTimeoutMs', { timing: { probeTimeoutMs: Number.POSITIVE_INFINITY } }],
    ['timing.gossipNodes', { timing: { gossipNodes: 2.5 } }],
    ['timing.suspicionMult', { timing: { suspicionMult: 4n } }],
    ['timing.packetBytesMax', { timing: { packetBytesMax: 1023 } }],
    ['timing.packetBytesMax', { timing: { packetBytesMax: 65_508 } }],
    ['timing.typo', { timing: { typo: 1 } }],
    ['ports', { ports: { packets: new FakePackets({ host: '127.0.0.1', port: 1 }) } }],
  ])('of %s are refused, case %#', (path, options) => {
    expect(problems(options)).toContain(`${path} is`);
  });

  test('never put a key into the message', () => {
    expect(problems({ encryption: { keys: ['c2VjcmV0IHNlY3JldA=='] } })).not.toContain('c2Vj');
  });
});

describe('options that are allowed', () => {
  test.each<object>([
    { name: 'é'.repeat(64) },
    { bind: { host: '::1', port: 0 } },
    { encryption: { keys: ['AAAAAAAAAAAAAAAAAAAAAA==', 'AAAAAAAAAAAA\nAAAAAAAAAA==', new Uint8Array(32)] } },
    { timing: { pushPullIntervalMs: 0, deadNodeReclaimMs: 0, indirectChecks: 0, gossipIntervalMs: 1.5 } },
    { coalesce: { periodMs: 0, quietMs: 0 } },
    { timing: { packetBytesMax: 1024 } },
  ])('%j', (options) => {
    expect(problems(options)).toBe('none');
  });

  test('an advertised address is kept as peers will write it', () => {
    const bind = { host: '::' };
    const host = (text: string) =>
      resolveOptions({ name: 'a', bind, advertise: { host: text } }).advertise.host;
    expect(host('2001:0DB8:0:0::1')).toBe('2001:db8::1');
    expect(host('::ffff:10.0.0.1')).toBe('10.0.0.1');
  });

  test('networks admit the hosts inside, of their own family', () => {
    const { allowsHost } = resolveOptions({ name: 'a', allowedNetworks: ['10.0.0.0/8', 'fd00::/8'] });
    expect(['10.1.2.3', 'fd12::1', '11.0.0.1', 'fe80::1'].map(allowsHost)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('in the smallest packet the largest announcement fits', () => {
    const largest = alive('n'.repeat(128), {
      host: 'fd00::1',
      incarnation: 0xffff_ffff,
      port: 65_535,
      meta: new Uint8Array(512),
    });
    const parts = [encodePacketMessage(largest), new Uint8Array(0)];
    const sealed = sealPacket(parts, {
      compression: false,
      crc: true,
      keyring: createKeyring([new Uint8Array(32)]),
      verifyOutgoing: true,
      label: 'l'.repeat(255),
      nonce: () => new Uint8Array(12),
    });
    expect(sealed.length).toBeLessThanOrEqual(1024);
  });
});

test('a snapshot needs the path of a file, and is not gone back to after a leave unless that is asked for', () => {
  expect(problems({ name: 'a', snapshot: { path: '' } })).toContain('snapshot.path is ""');
  expect(problems({ name: 'a', snapshot: { path: 'a\0b' } })).toContain('snapshot.path is');
  expect(resolveOptions({ name: 'a', snapshot: { path: 'x' } }).snapshot).toEqual({
    path: 'x',
    rejoinAfterLeave: false,
  });
  expect(resolveOptions({ name: 'a' })).toMatchObject({ snapshot: undefined, coordinates: true });
});
