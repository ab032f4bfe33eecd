import { expect, test } from 'vitest';
import { faultsOf } from '../scripts/check-commit-message.mjs';

const body = '\n\nThe sender learns of it one round trip sooner.\n';

test('a subject with its area and a body that says why pass', () => {
  expect(faultsOf(`gossip: refute a suspicion before answering the ping${body}`)).toEqual([]);
  expect(faultsOf(`agent, cli: the port is checked at once${body}# a comment of git\n`)).toEqual([]);
});

test('what git writes by itself passes', () => {
  expect(faultsOf('Merge branch "main"')).toEqual([]);
  expect(faultsOf('fixup! gossip: refute a suspicion')).toEqual([]);
});

test('every fault of a message is named', () => {
  expect(faultsOf(`gossip: ${'x'.repeat(65)}${body}`)).toEqual([
    'the subject has 73 characters; at most 72 are allowed',
  ]);
  expect(faultsOf('Refute a suspicion\nbefore the ping')).toEqual([
    'the subject must begin with the area and a colon, such as "gossip: refute before the ack"',
    'the line after the subject must be empty',
    'the body, which says why, is missing',
  ]);
  expect(faultsOf('')).toContain('the body, which says why, is missing');
});
