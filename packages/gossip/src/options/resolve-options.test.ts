import { describe, expect, test } from 'vitest';
import { FakePackets } from '../../test/support/fake-transports.ts';
import { alive } from '../../test/support/swim-fixture.ts';
import { GossipError } from '../errors.ts';
import { createKeyring } from '../wire/encryption.ts';
import { sealPacket } from '../wire/packet.ts';
import { encodePacketMessage } from '../wire/swim-codec.ts';
import type { GossipOptions } from './options.ts';
import { profileTimings } from './profiles.ts';
import { resolveOptions } from './resolve-options.ts';

/** The base64 of `secret secret`, which is no key. */
const secret = 'c2VjcmV0IHNlY3JldA==';

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
  ] as const)('follow the profile %s, gossip.md 3.13', (profile, port, timing) => {
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
    ['tags.port', { tags: { port: 8080 } }],
    ['tags.zone', { tags: { zone: undefined } }],
    ['tags', { tags: new Map([['a', 'b']]) }],
    ['tags', { tags: ['a'] }],
    ['label', { label: 5 }],
    ['bind', { bind: '127.0.0.1:0' }],
    ['bind', { bind: null }],
    ['bind', { bind: [] }],
    ['bind.host', { bind: { host: '[::1]' } }],
    ['bind.port', { bind: { port: '7946' } }],
    ['encryption', { encryption: 'text' }],
    ['encryption.keys', { encryption: { keys: 'AAAAAAAAAAAAAAAAAAAAAA==' } }],
    ['encryption.keys', { encryption: { keys: new Uint8Array(16) } }],
    ['encryption.verifyIncoming', { encryption: { keys: [new Uint8Array(16)], verifyIncoming: 'false' } }],
    ['snapshot', { snapshot: './x' }],
    ['compression', { compression: 1 }],
    ['compression', { compression: null }],
    ['admission', { admission: true }],
    ['allowedNetworks', { allowedNetworks: '10.0.0.0/8' }],
    ['allowedNetworks[0]', { allowedNetworks: [5] }],
    ['allowedNetworks[1]', { allowedNetworks: ['10.0.0.0/8', undefined] }],
    ['coalesce.quietMs', { coalesce: { periodMs: 5 } }],
    ['userEvents.order', { userEvents: { order: 'LAMPORT' } }],
    ['timing', { timing: new Map() }],
    ['timing.probeIntervalMs', { timing: { probeIntervalMs: '1s' } }],
    ['timing.probeIntervalMs', { timing: { probeIntervalMs: -1 } }],
    ['timing.probeIntervalMs', { timing: { probeIntervalMs: null } }],
    ['logger', { logger: {} }],
    ['logger', { logger: () => undefined }],
    ['ports.clock', { ports: { clock: Date } }],
    ['ports.typo', { ports: { typo: 1 } }],
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

  test.each([undefined, null, 'x', 5, [], new Map(), () => undefined, new Proxy({ name: 'a' }, {})])(
    'may be no options at all, case %#',
    (options) => {
      expect(() => resolveOptions(options as never)).toThrow(
        /options is .*; allowed: an object such as \{ name/,
      );
    },
  );

  test('of tags that no packet can carry say how large they are', () => {
    expect(problems({ tags: { big: 'x'.repeat(600) } })).toContain('tags: the tags take 609 bytes');
  });

  test.each<[object, string]>([
    [{ encryption: { keys: [secret] } }, 'encryption.keys[0] is 13 bytes long'],
    [{ encryption: { keys: secret } }, 'encryption.keys is text'],
    [{ encryption: { key: secret } }, 'encryption.key is not an option; did you mean encryption.keys?'],
    [{ encryption: { [secret]: true } }, 'encryption has a name that is not an option; allowed: keys'],
    [
      {
        encryption: {
          get keys(): never {
            throw new Error(secret);
          },
        },
      },
      'encryption.keys cannot be read: its getter throws',
    ],
    [{ encryption: secret }, 'encryption is text'],
    [{ encryption: { keys: [{ key: secret }] } }, 'encryption.keys[0] is an object'],
    [{ encryption: { keyringFile: [secret] } }, 'encryption.keyringFile is a list of 1'],
    [{ encrypt: secret }, 'encrypt is not an option; did you mean encryption.keys?'],
    [{ password: secret }, 'password is not an option; allowed: name, profile'],
  ])('never put a key into the message, case %#', (options, sentence) => {
    const message = problems(options);
    expect(message).toContain(sentence);
    expect(message).not.toContain(secret.slice(0, 4));
  });

  test.each<[object, string]>([
    [{ bindAddr: '1.2.3.4' }, 'bindAddr is not an option; did you mean bind.host?'],
    [{ bind: { address: '127.0.0.1' } }, 'bind.address is not an option; did you mean bind.host?'],
    [
      { timing: { probeInterval: 5 } },
      'timing.probeInterval is not an option; did you mean timing.probeIntervalMs?',
    ],
    [{ probeIntervalMs: 5 }, 'probeIntervalMs is not an option; did you mean timing.probeIntervalMs?'],
    [{ port: 7946 }, 'port is not an option; did you mean bind.port?'],
    [{ nodeName: 'a' }, 'nodeName is not an option; did you mean name?'],
    [{ nope: 1 }, 'nope is not an option; allowed: name, '],
    [{ bind_addr: '1.2.3.4' }, 'bind_addr is not an option; did you mean bind.host?'],
    [{ lable: 'a' }, 'lable is not an option; did you mean label?'],
    [{ seeds: [] }, 'seeds is not an option; call join(seeds) on the gossip that createGossip gives'],
    [{ userEvents: { coalesce: { period: 1 } } }, 'did you mean userEvents.coalesce.periodMs?'],
    [JSON.parse('{ "__proto__": 1 }'), '__proto__ is not an option'],
    [{ 'two\nlines': 1 }, '["two\\nlines"] is not an option'],
    [{ bind: { host: 'localhost' } }, 'names are not resolved: write 127.0.0.1 or ::1'],
    [{ bind: { host: '[::1]' } }, 'write ::1, without brackets'],
    [{ bind: { host: '127.0.0.1:7946' } }, 'write 127.0.0.1; the port is an option of its own'],
    [
      { logger: { info: () => undefined, error: 5 } },
      'logger is an object without error, warn, debug, trace; allowed',
    ],
  ])('lead to the right one, case %#', (options, sentence) => {
    expect(problems(options)).toContain(sentence);
  });

  test('with getters are read once, and one that throws is named', () => {
    let reads = 0;
    const counting = {
      get host() {
        reads += 1;
        return reads === 1 ? '127.0.0.1' : 'evil';
      },
    };
    expect(resolveOptions({ name: 'a', bind: counting }).bind.host).toBe('127.0.0.1');
    expect(reads).toBe(1);
    const throwing = {
      get port(): number {
        throw new Error('boom');
      },
    };
    expect(problems({ bind: throwing })).toContain('bind.port cannot be read: its getter throws "boom"');
  });

  test('from an instance of a class, a Proxy or an heir are refused: their options could be elsewhere', () => {
    class Settings {
      host = '127.0.0.1';
    }
    expect(problems({ bind: new Settings() })).toContain('bind is a Settings;');
    expect(problems({ bind: new Proxy({}, {}) })).toContain('bind is a Proxy;');
    expect(problems({ bind: Object.create({ host: '127.0.0.1' }) })).toContain('bind is an object;');
    expect(problems({ bind: Object.assign(Object.create(null), { host: '127.0.0.1' }) })).toBe('none');
  });

  test('are at most fifty sentences, and the rest is counted', () => {
    const message = problems(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`wrong${i}`, i])));
    expect(message).toContain('950 more faults like these');
  });

  test('of endless lists are refused without reading them', () => {
    expect(problems({ allowedNetworks: new Array(2 ** 32 - 1) })).toContain('at most 10000');
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
    { logger: console },
    {
      profile: undefined,
      tags: undefined,
      bind: { host: undefined },
      encryption: undefined,
      logger: undefined,
    },
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

test('a ping that may wait longer than the round is worth a warning, not a refusal, as peers allow it', () => {
  const warnings = (timing: object) => resolveOptions({ name: 'a', timing }).warnings;
  expect(warnings({ probeIntervalMs: 100, probeTimeoutMs: 500 })).toEqual([
    expect.stringContaining('timing.probeTimeoutMs (500) is longer than timing.probeIntervalMs (100)'),
  ]);
  expect(warnings({ probeIntervalMs: 100, probeTimeoutMs: 100 })).toEqual([]);
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
