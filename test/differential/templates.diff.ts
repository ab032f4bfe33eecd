import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canHaveNetwork, inOwnNetwork } from '../clients/own-network.ts';
import { peerProgramPath } from '../interop/peer-process.ts';
import { root } from '../source-files.ts';
import { hobnobBin } from '../support/hobnob-process.ts';

/** A template of an address finds what the real agent finds with it, among the same interfaces. */

interface Vectors {
  readonly cases: readonly { readonly text: string; readonly theirs: string; readonly ours?: string }[];
}

interface Answer {
  readonly outcomes: readonly { readonly text: string; readonly theirs: string; readonly ours: string }[];
  readonly banners: { readonly theirs: readonly string[]; readonly ours: readonly string[] };
}

const { cases } = JSON.parse(
  readFileSync(join(root, 'packages/agent/test/vectors/address-templates.json'), 'utf8'),
) as Vectors;

const config = `
server = true
bootstrap = true
bind_addr = "{{ GetInterfaceIP \\"eth1\\" }}"
advertise_addr = "{{ GetPrivateInterfaces | include \\"size\\" \\"24\\" | attr \\"address\\" }}"
client_addr = "127.0.0.1 {{ GetAllInterfaces | include \\"name\\" \\"^(idle0|eth2)$\\" | include \\"type\\" \\"ipv4\\" | sort \\"address\\" | join \\"address\\" \\" \\" }}"
ports { dns = -1 }
addresses { http = "{{ GetDefaultInterfaces | exclude \\"type\\" \\"IPv6\\" | join \\"address\\" \\" \\" }}" }
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hobnob-templates-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.runIf(canHaveNetwork)('in a network of its own', () => {
  test('every template finds the same, and the agents announce the same addresses', () => {
    const { command, args } = inOwnNetwork([
      'sh',
      join(root, 'test/differential/template-network.sh'),
      process.execPath,
      join(root, 'test/differential/template-child.mjs'),
      peerProgramPath('consul'),
      hobnobBin,
      folder,
    ]);
    const input = JSON.stringify({ texts: cases.map(({ text }) => text), config });
    const { outcomes, banners } = JSON.parse(execFileSync(command, args, { input }).toString()) as Answer;
    expect(banners.theirs).toEqual([
      'Client Addr: [127.0.0.1 8.8.4.4 172.17.0.1] (HTTP: 8500, HTTPS: -1, gRPC: -1, DNS: -1)',
      'Cluster Addr: 10.20.40.41 (LAN: 8301, WAN: 8302)',
    ]);
    expect(banners.ours).toEqual(banners.theirs);
    const found = outcomes.map(({ text, theirs, ours }) => ({
      text,
      theirs: reasonIn(theirs),
      ours: reasonIn(ours),
    }));
    expect(found).toEqual(cases.map(({ text, theirs, ours = theirs }) => ({ text, theirs, ours })));
  });
});

/** The sentence about the key, without the place in the template that the real agent names. */
function reasonIn(printed: string): string {
  const sentence = printed
    .replace(/^Config validation failed: (?:1 error occurred:\s+\* )?/, '')
    .replace(/^serf_lan: /, '')
    .trim();
  const [, fault] =
    /^error parsing "(?:[^"\\]|\\.)*": (?:unable to .*template: sockaddr\.Parse:\d+(?::\d+: executing "sockaddr\.Parse" at <.*?>)?: )?(.*)$/s.exec(
      sentence,
    ) ?? [];
  return fault === undefined ? sentence : `fault: ${fault}`;
}
