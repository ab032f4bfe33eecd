import { type KeyKind, keyRows } from '@hobnob/agent/config-keys';
import type { FlagKind, FlagSpec, FlagValues } from './flag-spec.ts';

/** A flag of `agent` that stands for a key of the configuration. */
export interface AgentFlagSpec extends FlagSpec {
  /** The dotted path of that key. */
  readonly path: string;
}

/** How the values of a key are given on a command line; other kinds have no flags. */
const flagKinds: Readonly<Partial<Record<KeyKind, FlagKind>>> = {
  string: 'string',
  duration: 'string',
  bool: 'bool',
  int: 'int',
  strings: 'list',
  'string-map': 'pairs',
};

/**
 * The flags of Consul 1.8.7's `agent` that are keys of the configuration, and where each belongs. What a key
 * means, and whether it has an effect, is decided where files are read: a flag is one more file.
 */
export const settingFlags: readonly AgentFlagSpec[] = keyRows().flatMap(({ flag, kind, path, doc }) => {
  const flagKind = flagKinds[kind];
  if (flag === undefined || flagKind === undefined) return [];
  const placeholder = flagKind === 'pairs' ? { placeholder: 'key:value' } : {};
  return [{ name: flag, kind: flagKind, path, description: doc, parsedBy: 'strconv', ...placeholder }];
});

/** The flags of `agent` that no configuration file can hold. */
const launchFlags = [
  {
    name: 'config-dir',
    kind: 'list',
    collectedIn: 'config-file',
    description:
      "Path to a directory to read configuration files from. This will read every file ending in '.json' or '.hcl' as configuration in this directory in alphabetical order. Can be specified multiple times.",
  },
  {
    name: 'config-file',
    kind: 'list',
    description:
      'Path to a file in JSON or HCL format with a matching file extension. Can be specified multiple times.',
  },
  {
    name: 'config-format',
    kind: 'string',
    placeholder: 'string',
    description: "Config files are in this format irrespective of their extension. Must be 'hcl' or 'json'",
  },
  {
    name: 'dev',
    kind: 'bool',
    parsedBy: 'strconv',
    description: 'Starts the agent in development mode.',
  },
  { name: 'hcl', kind: 'list', description: 'hcl config fragment. Can be specified multiple times.' },
] as const satisfies readonly FlagSpec[];

/** Their values. */
export type LaunchFlagValues = FlagValues<typeof launchFlags>;

/** All flags of `agent`. */
export const agentFlags: readonly FlagSpec[] = [...settingFlags, ...launchFlags];

/** A JSON object under construction. */
interface Section {
  [key: string]: unknown;
}

/** The values of `settingFlags` in the shape of a configuration file. Pure. */
export function settingsFromFlags(values: Readonly<Record<string, unknown>>): Section {
  const root: Section = {};
  for (const { name, path } of settingFlags) {
    const value = values[name];
    if (value === undefined) continue;
    const keys = path.split('.');
    const last = keys.pop() ?? path;
    let section = root;
    for (const key of keys) {
      const inner: Section = (section[key] as Section | undefined) ?? {};
      section[key] = inner;
      section = inner;
    }
    section[last] = value;
  }
  return root;
}
