import { quote } from '@hobnob/catalog/go';
import { flagTest } from './flag-filter.ts';
import type { InterfaceEntry } from './interface-entry.ts';
import { addressBits, contains, formatNetwork, parseNetwork } from './ip-network.ts';
import { rfcTest } from './known-networks.ts';
import { compileExpression } from './regular-expression.ts';
import { TemplateFault } from './template-fault.ts';

type Entries = readonly InterfaceEntry[];
type EntryTest = (entry: InterfaceEntry) => boolean;

interface Halves {
  readonly matching: Entries;
  readonly others: Entries;
}

/**
 * Reads the parameter of a selector. Several tests, separated by `|` in the parameter, each divide the whole list, so that an
 * entry may stand in the result twice: that is how go-sockaddr does it, and `unique` mends it.
 */
type Selector = (parameter: string, entries: Entries) => Halves;

const selectors: Readonly<Record<string, Selector>> = {
  address: (parameter, entries) => {
    const test = compileExpression('address', parameter);
    return divide(entries, ({ network }) => test(formatNetwork(network)));
  },
  flag: (parameter, entries) => divide(entries, flagTest(parameter)),
  flags: (parameter, entries) => divide(entries, flagTest(parameter)),
  name: (parameter, entries) => {
    const test = compileExpression('name', parameter);
    return divide(entries, ({ name }) => test(name));
  },
  network: (parameter, entries) => divideByEach(entries, parameter.split('|').map(networkTest)),
  port: (parameter, entries) => {
    const test = compileExpression('port', parameter);
    return divide(entries, () => test('0'));
  },
  rfc: rfcs,
  rfcs,
  size: (parameter, entries) => divide(entries, sizeTest(parameter)),
  type: types,
};

/** Keeps what a selector such as `name` or `network` matches. @throws TemplateFault */
export function include(selector: string, parameter: string, entries: Entries): Entries {
  return selectorNamed('include', selector)(parameter, entries).matching;
}

/** Keeps what a selector does not match. @throws TemplateFault */
export function exclude(selector: string, parameter: string, entries: Entries): Entries {
  return selectorNamed('exclude', selector)(parameter, entries).others;
}

function selectorNamed(verb: string, name: string): Selector {
  const key = name.toLowerCase();
  const selector = Object.hasOwn(selectors, key) ? selectors[key] : undefined;
  if (selector === undefined) throw new TemplateFault(`invalid ${verb} selector ${quote(name)}`);
  return selector;
}

function divide(entries: Entries, test: EntryTest): Halves {
  return { matching: entries.filter(test), others: entries.filter((entry) => !test(entry)) };
}

function divideByEach(entries: Entries, tests: readonly EntryTest[]): Halves {
  const halves = tests.map((test) => divide(entries, test));
  return {
    matching: halves.flatMap(({ matching }) => matching),
    others: halves.flatMap(({ others }) => others),
  };
}

function networkTest(text: string): EntryTest {
  const outer = parseNetwork(text);
  if (outer === undefined) {
    throw new TemplateFault(`unable to create an IP address from ${quote(text)}: invalid IPAddr ${text}`);
  }
  return ({ network }) => contains(outer, network);
}

function rfcs(parameter: string, entries: Entries): Halves {
  const tests = parameter.split('|').map(rfcTest);
  return divideByEach(
    entries,
    tests.map(
      (test): EntryTest =>
        ({ network }) =>
          test(network),
    ),
  );
}

function sizeTest(parameter: string): EntryTest {
  if (!/^\d+$/.test(parameter)) throw new TemplateFault(`invalid size argument (${quote(parameter)})`);
  const size = Number(parameter);
  return ({ network: { family, prefixBits } }) => {
    if (size > addressBits(family)) {
      throw new TemplateFault(`mask size out of bounds for IPv${family} address: ${parameter}`);
    }
    return prefixBits === size;
  };
}

function types(parameter: string, entries: Entries): Halves {
  const wanted = parameter.toLowerCase().split('|');
  for (const type of wanted) {
    if (!['ip', 'ipv4', 'ipv6', 'unix'].includes(type)) {
      throw new TemplateFault(`unsupported type ${quote(type)} ${quote(parameter)}`);
    }
  }
  const isOf = (type: string, { network }: InterfaceEntry) =>
    type === 'ip' || type === `ipv${network.family}`;
  return {
    matching: entries.flatMap((entry) => wanted.filter((type) => isOf(type, entry)).map(() => entry)),
    others: entries.flatMap((entry) => wanted.filter((type) => !isOf(type, entry)).map(() => entry)),
  };
}
