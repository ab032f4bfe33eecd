import { expect, test } from 'vitest';
import type { KeyEffect } from './key.ts';
import { type KeyRow, keyRows } from './keys.ts';
import { apiKeys } from './sections/api.ts';
import { dnsKeys } from './sections/dns.ts';
import { gossipKeys } from './sections/gossip.ts';
import { localKeys } from './sections/local.ts';
import { meshKeys } from './sections/mesh.ts';
import { networkKeys } from './sections/network.ts';
import { nodeKeys } from './sections/node.ts';
import { observationKeys } from './sections/observation.ts';
import { securityKeys } from './sections/security.ts';
import { serverKeys } from './sections/servers.ts';

test('no section defines a key of another', () => {
  const sections = [apiKeys, dnsKeys, gossipKeys, localKeys, meshKeys, networkKeys, nodeKeys];
  const names = [...sections, observationKeys, securityKeys, serverKeys].flatMap(Object.keys);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

test('every key is documented, and no two share an option or a flag', () => {
  const rows = keyRows();
  expect(rows.filter(({ doc }) => doc === '' || /\n|\|/.test(doc))).toEqual([]);
  for (const field of ['option', 'flag'] as const) {
    const values = rows.flatMap((row) => row[field] ?? []);
    expect(values.filter((value, at) => values.indexOf(value) !== at)).toEqual([]);
  }
});

const effects: Readonly<Record<KeyEffect, string>> = {
  works: 'works',
  implied: 'implied',
  ignored: 'no effect yet',
  refused: 'refused',
};

function effectOf({ effect, isReloadable, isUnused, refusal }: KeyRow): string {
  if (isUnused === true) return effects.ignored;
  const refuses = refusal === undefined || effect === 'refused' ? '' : ', refused when on';
  return `${effects[effect]}${refuses}${isReloadable === true ? ', reloaded' : ''}`;
}

test('docs/configuration.md is written from the table; `vitest -u` writes it anew', async () => {
  const lines = keyRows().map((row) => {
    const flag = row.flag === undefined ? '' : `\`-${row.flag}\``;
    return `| \`${row.path}\` | ${row.kind} | ${effectOf(row)} | ${flag} | ${row.doc.replaceAll('<', '&lt;')} |`;
  });
  const page = `# Configuration

Every key that Consul 1.8.7 accepts in a configuration file, JSON or HCL, and what this version does with it. How files are
read and merged is in [operations.md](operations.md#configuration).

- **works**: the agent acts on it.
- **implied**: the agent does what it asks for in any case, or it means nothing while ACLs are off.
- **no effect yet**: accepted, and logged as a warning.
- **refused**: promises a protection that this version does not have; the agent does not start with it. A value that
  switches the protection off is accepted.
- **reloaded**: SIGHUP applies a change; a change of any other key is logged as one that needs a restart.

Durations are Go's (\`30s\`, \`1h30m\`). Keys match in any case. The flag is that of \`agent\`.

| key | kind | effect | flag | what it is |
|---|---|---|---|---|
${lines.join('\n')}
`;
  await expect(page).toMatchFileSnapshot('../../../../docs/configuration.md');
});
