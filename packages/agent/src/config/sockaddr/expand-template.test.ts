import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveIp } from '../addresses.ts';
import { Problems } from '../problems.ts';
import { expandTemplate, type TemplateHost } from './expand-template.ts';
import type { InterfaceAddress } from './interface-address.ts';
import { TemplateFault } from './template-fault.ts';

interface Vectors {
  readonly interfaces: readonly InterfaceAddress[];
  readonly defaultInterface: string;
  readonly cases: readonly { readonly text: string; readonly theirs: string; readonly ours?: string }[];
}

const url = new URL('../../../test/vectors/address-templates.json', import.meta.url);
const { interfaces, defaultInterface, cases } = JSON.parse(readFileSync(url, 'utf8')) as Vectors;
const host: TemplateHost = { interfaces, defaultInterface };

function reasonOf(text: string, on: TemplateHost = host): string | undefined {
  try {
    expandTemplate(text, on);
    return undefined;
  } catch (error) {
    if (error instanceof TemplateFault) return error.message;
    throw error;
  }
}

/** As the vectors have it: why `serf_lan` is refused, and nothing when it is taken. */
function outcomeOf(text: string): string {
  const problems = new Problems();
  const facts = { hostname: 'box', privateIpv4: [], publicIpv6: [], ...host };
  resolveIp('serf_lan', text, { host: facts, problems });
  return problems.sentences
    .join('\n')
    .replace(/^serf_lan: /, '')
    .replace(/^error parsing "(?:[^"\\]|\\.)*": /, 'fault: ');
}

test('there are cases', () => {
  expect(cases.length).toBeGreaterThan(140);
});

test.each(cases)('$text is read as by the real agent', ({ text, theirs, ours = theirs }) => {
  expect(outcomeOf(text)).toBe(ours);
});

describe('addresses', () => {
  test('text without a template comes back as it is', () => {
    expect(expandTemplate(' 10.0.0.1 }} $x | "', host)).toBe(' 10.0.0.1 }} $x | "');
  });

  // The expected values follow from go-sockaddr v1.0.2, which knows `mask`; the agent of 1.8.7 was built with an older one.
  test.each([
    ['20', '10.20.16.0/16'],
    ['8', '10.0.0.0/8'],
    ['0', '0.0.0.0/0'],
  ])('a mask of %s keeps that many bits, and the larger network: %s', (bits, expected) => {
    const text = `{{ GetDefaultInterfaces | limit 1 | math "mask" "${bits}" | attr "string" }}`;
    expect(expandTemplate(text, host)).toBe(expected);
  });

  test('a machine without addresses has none', () => {
    expect(expandTemplate('{{ GetPrivateIP }}{{ GetAllInterfaces | join "address" " " }}', {})).toBe('');
  });

  test('without a default route its interface is not found, and sorting by it changes nothing', () => {
    expect(reasonOf('{{ GetDefaultInterfaces | attr "address" }}', { interfaces })).toBe(
      'error calling GetDefaultInterfaces: No default interface found',
    );
    expect(
      expandTemplate('{{ GetAllInterfaces | sort "default" | limit 3 | join "name" "," }}', { interfaces }),
    ).toBe('lo,lo,eth1');
  });

  test('more than twelve addresses are sorted too', () => {
    const many = Array.from(
      { length: 40 },
      (_, index): InterfaceAddress => ({
        name: `eth${index}`,
        address: `10.0.${(index * 7) % 40}.1`,
        prefixBits: 24,
        flags: ['up'],
      }),
    );
    const found = expandTemplate('{{ GetAllInterfaces | sort "-address" | join "address" " " }}', {
      interfaces: many,
    });
    expect(found.split(' ')).toEqual(Array.from({ length: 40 }, (_, index) => `10.0.${39 - index}.1`));
  });
});

describe('refusals', () => {
  test.each([
    ['{{ if true }}127.0.0.1{{ end }}', '"if" of Go\'s templates is not evaluated here'],
    ['{{ range . }}{{ .Name }}{{ end }}', '"range" of Go\'s templates is not evaluated here'],
    ['{{ .Name }}', 'unexpected ".Name", which is not evaluated here'],
    ['{{ GetPrivateIP | printf "%s" }}', 'function "printf" not defined'],
    ['{{ GetAllInterfaces | limit 1.0 }}', 'unexpected "1.0", which is not evaluated here'],
    [
      '{{ GetInterfaceIP "(?P<x>e)" }}',
      'error calling GetInterfaceIP: name regexp "(?P<x>e)" uses syntax that is not evaluated here: write it with plain characters, classes, groups and repetition',
    ],
    [`{{ ${'('.repeat(200)}.${')'.repeat(200)} }}`, 'parentheses are nested too deeply'],
  ])('%s', (text, reason) => {
    expect(reasonOf(text)).toBe(reason);
  });

  test('every text has a value or a reason', () => {
    const token = fc.constantFrom(
      ...['{{', '}}', '{{- ', ' -}}', ' ', '|', '(', ')', '"', '`', '.', '-1', '2', '\\', '/*', '*/', '\n'],
      ...['GetAllInterfaces', 'include', '"name"', '"flags"', '"up"', 'sort', '"size"', 'attr', '"address"'],
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 20 }), (tokens) => {
        const text = tokens.join('');
        const reason = reasonOf(text);
        if (reason === undefined) expect(typeof expandTemplate(text, host)).toBe('string');
        else expect(reason).not.toBe('');
      }),
    );
  });
});
