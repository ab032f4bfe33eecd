import type { AgentOptions } from '../options.ts';
import type { Problems } from './problems.ts';

/** The name is a gossip identity, and on the WAN `.datacenter` is appended to it. */
const nameBytesMax = 128;
const dnsLabelBytesMax = 63;
const metaPairsMax = 64;
const metaKeyBytesMax = 128;
const metaValueBytesMax = 512;

/** The 36 characters of a UUID, in either case. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
}

/** Refuses names that no pool can carry and warns, as Consul does, of those DNS cannot. */
export function checkNodeName(name: string, problems: Problems, warnings: Problems): void {
  const bytes = Buffer.byteLength(name);
  if (name === '') problems.add('node_name cannot be empty: give one with -node');
  if (bytes > nameBytesMax)
    problems.add(`node_name "${name}" has ${bytes} bytes, at most ${nameBytesMax} are allowed`);
  if (/[^a-zA-Z0-9-]/.test(name)) {
    warnings.add(
      `Node name "${name}" will not be discoverable via DNS due to invalid characters. ` +
        'Valid characters include all alpha-numerics and dashes.',
    );
  } else if (bytes > dnsLabelBytesMax) {
    warnings.add(
      `Node name "${name}" will not be discoverable via DNS due to it being too long. ` +
        'Valid lengths are between 1 and 63 bytes.',
    );
  }
}

/** Lower case, and only the characters Consul allows. */
export function resolveDatacenter(path: string, text: string, problems: Problems): string {
  const name = text.toLowerCase();
  if (name === '') problems.add(`${path} cannot be empty`);
  else if (!/^[a-z0-9_-]+$/.test(name))
    problems.add(`${path} cannot be "${name}". Please use only [a-z0-9-_]`);
  return name;
}

/** Source: Consul structs.ValidateNodeMetadata. */
export function checkNodeMeta(meta: Readonly<Record<string, string>>, problems: Problems): void {
  const pairs = Object.entries(meta);
  if (pairs.length > metaPairsMax) {
    problems.add(`node_meta invalid: Node metadata cannot contain more than ${metaPairsMax} key/value pairs`);
  }
  for (const [key, value] of pairs) {
    const fault = metaFault(key, value);
    if (fault !== undefined) {
      problems.add(`node_meta invalid: Couldn't load metadata pair ('${key}', '${value}'): ${fault}`);
    }
  }
}

function metaFault(key: string, value: string): string | undefined {
  if (key === '') return 'Key cannot be blank';
  if (!/^[a-zA-Z0-9_-]+$/.test(key)) return 'Key contains invalid characters';
  if (key.length > metaKeyBytesMax) return `Key is too long (limit: ${metaKeyBytesMax} characters)`;
  if (key.startsWith('consul-')) return "Key prefix 'consul-' is reserved for internal use";
  if (Buffer.byteLength(value) > metaValueBytesMax)
    return `Value is too long (limit: ${metaValueBytesMax} characters)`;
  return undefined;
}

/** How servers of a datacenter begin: alone, or once so many have met. The sentences are Consul's. */
export function resolveBootstrap(
  options: AgentOptions,
  { server, dev }: { readonly server: boolean; readonly dev: boolean },
  problems: Problems,
  warnings: Problems,
): { readonly bootstrap: boolean; readonly bootstrapExpect: number } {
  const bootstrap = options.bootstrap ?? false;
  const expect = options.bootstrapExpect ?? 0;
  if (expect < 0) problems.add(`bootstrap_expect cannot be ${expect}. Must be greater than or equal to zero`);
  if (dev && expect > 0) problems.add("'bootstrap_expect > 0' not allowed in dev mode");
  if (bootstrap && !server) problems.add("'bootstrap = true' requires 'server = true'");
  if (expect > 0 && !server) problems.add("'bootstrap_expect > 0' requires 'server = true'");
  if (expect > 0 && bootstrap)
    problems.add("'bootstrap_expect > 0' and 'bootstrap = true' are mutually exclusive");
  if (expect === 1) {
    warnings.add('BootstrapExpect is set to 1; this is the same as Bootstrap mode.');
    warnings.add('bootstrap = true: do not enable unless necessary');
    return { bootstrap: true, bootstrapExpect: 0 };
  }
  if (bootstrap) warnings.add('bootstrap = true: do not enable unless necessary');
  const seeTable = 'See https://www.consul.io/docs/internals/consensus.html#deployment-table';
  if (expect === 2) {
    warnings.add(
      `bootstrap_expect = 2: A cluster with 2 servers will provide no failure tolerance. ${seeTable}`,
    );
  } else if (expect > 0 && expect % 2 === 0) {
    warnings.add(
      'bootstrap_expect is even number: A cluster with an even number of servers does not achieve optimum fault ' +
        `tolerance. ${seeTable}`,
    );
  }
  if (expect > 0) warnings.add(`bootstrap_expect > 0: expecting ${expect} servers`);
  return { bootstrap, bootstrapExpect: expect };
}
