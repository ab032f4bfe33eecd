import type { AgentOptions } from '../options.ts';
import { type GivenKey, isJsonObject } from './check-keys.ts';
import { readFileDefinitions } from './file-definitions.ts';
import { parseGoDuration } from './go-duration.ts';

/** What the keys of one file say, as options, with the faults that only their values show. */
export interface MappedFile {
  readonly options: AgentOptions;
  readonly problems: readonly string[];
  /** One sentence for each value that asks for a protection this version does not have. */
  readonly refusals: readonly string[];
}

/** Turns the keys of one file into options, as the table of keys says. Pure. */
export function mapFile(given: readonly GivenKey[]): MappedFile {
  const options: Section = {};
  const problems: string[] = [];
  const refusals: string[] = [];
  const withoutEffect: string[] = [];
  for (const { path, key, value } of given) {
    const { refusal, check, option } = key;
    if (refusal?.when(value) === true) refusals.push(refusalSentence(path, refusal.promise));
    const problem = typeof value === 'number' ? check?.(value) : undefined;
    if (problem !== undefined) problems.push(problem);
    const duration =
      key.kind === 'duration' ? readDuration(path, String(value), option !== undefined) : undefined;
    if (duration !== undefined && 'problem' in duration) {
      problems.push(duration.problem);
    } else if (option === undefined) {
      // A refused key that is switched off asks for what happens in any case.
      if (key.effect === 'ignored') for (const leaf of leafPaths(path, value)) withoutEffect.push(leaf);
    } else {
      setAt(options, option, duration === undefined ? value : duration.ms);
    }
    if (key.isUnused === true && value !== -1) withoutEffect.push(path);
  }
  problems.push(...portRangeProblems(given));
  const definitions = readFileDefinitions(given, problems);
  return {
    options: {
      // `works` in key.ts lets a key name an option only when values of its kind fit the option's type.
      ...(options as AgentOptions),
      ...(definitions === undefined ? {} : { definitions }),
      ...(withoutEffect.length === 0 ? {} : { withoutEffect }),
    },
    problems,
    refusals,
  };
}

/** An object under construction. */
interface Section {
  [name: string]: unknown;
}

function setAt(root: Section, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop() ?? path;
  let section = root;
  for (const name of names) {
    const inner = (section[name] as Section | undefined) ?? {};
    section[name] = inner;
    section = inner;
  }
  section[last] = value;
}

function refusalSentence(path: string, promise: string): string {
  return `${path} asks for ${promise}, which this version does not have: remove it to start without`;
}

/** Consul takes negative durations of any key; where it works they would mean nothing. */
function readDuration(
  path: string,
  text: string,
  isUsed: boolean,
): { readonly ms: number } | { readonly problem: string } {
  const ms = parseGoDuration(text);
  const start = `${path}: invalid duration: "${text}"`;
  if (ms === undefined) return { problem: `${start}: expected a Go duration like "30s" or "1h30m"` };
  return ms < 0 && isUsed ? { problem: `${start}: it must not be negative` } : { ms };
}

/** What has no effect is named by its innermost keys. */
function leafPaths(path: string, value: unknown): readonly string[] {
  if (!isJsonObject(value)) return [path];
  return Object.entries(value).flatMap(([name, inner]) => leafPaths(`${path}.${name}`, inner));
}

/** Consul's ports for sidecars and exposed paths (agent/config DefaultSource). */
const portRanges = [
  { kind: 'sidecar', min: 21_000, max: 21_255 },
  { kind: 'expose', min: 21_500, max: 21_755 },
] as const;

function portRangeProblems(given: readonly GivenKey[]): readonly string[] {
  const values = new Map(given.map(({ path, value }) => [path, value]));
  return portRanges
    .filter(({ kind, ...defaults }) => {
      const min = values.get(`ports.${kind}_min_port`) ?? defaults.min;
      const max = values.get(`ports.${kind}_max_port`) ?? defaults.max;
      return typeof min === 'number' && typeof max === 'number' && min > 0 && max > 0 && max < min;
    })
    .map(({ kind }) => `${kind}_min_port must be less than ${kind}_max_port. To disable, set both to zero.`);
}
