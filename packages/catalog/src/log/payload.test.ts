import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commands } from '../../test/arbitrary-commands.ts';
import { deregister } from '../../test/requests.ts';
import { decodeCommand, encodeCommand } from './payload.ts';

test('a payload decodes to the command that it was made of', () => {
  fc.assert(
    fc.property(commands, (list) => {
      for (const command of list) expect(decodeCommand(encodeCommand(command))).toEqual(command);
    }),
  );
});

test('the first byte is the type; a batch of coordinates may be passed over', () => {
  expect(encodeCommand(deregister('n1'))[0]).toBe(1);
  expect(encodeCommand({ type: 6, body: [] })).toEqual(Uint8Array.of(134, 0x90));
  expect(decodeCommand(Uint8Array.of(6, 0x90))).toEqual({ type: 6, body: [] });
});

test('an unknown command that may be passed over is none; another is fatal', () => {
  expect(decodeCommand(Uint8Array.of(128 + 99, 0xc0))).toBeUndefined();
  expect(() => decodeCommand(Uint8Array.of(99, 0xc0))).toThrow(
    expect.objectContaining({ code: 'CATALOG_LOG' }),
  );
});
