import type { FlagSpec } from './flag-spec.ts';

/** A command line in the spelling commander reads, or the sentence Go's flag package would print. */
export type GoFlagsResult =
  | { readonly ok: true; readonly args: readonly string[] }
  | {
      readonly ok: false;
      readonly message: string;
      /** Set when the fault is a flag that does not exist. */
      readonly unknownFlag?: string;
    };

const trueWords: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const falseWords: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/**
 * Rewrites the arguments of one command from Go's flag syntax to `--name=value`, `--name` and `--no-name`,
 * followed by `--` and what is left. One dash or two mean the same; a value follows `=` or is the next
 * argument, whatever it looks like; a boolean takes a value only behind `=`; `--` or the first argument that
 * is no flag ends the flags. Pure. Source: Go flag.FlagSet.Parse.
 */
export function normalizeGoFlags(specs: readonly FlagSpec[], argv: readonly string[]): GoFlagsResult {
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  const args: string[] = [];
  let at = 0;
  for (; at < argv.length; at += 1) {
    const token = argv[at] ?? '';
    if (token.length < 2 || !token.startsWith('-')) break;
    if (token === '--') {
      at += 1;
      break;
    }
    const flag = splitFlag(token);
    if (flag === undefined) return refuse(`bad flag syntax: ${token}`);
    const spec = byName.get(flag.name);
    if (spec === undefined) {
      return { ...refuse(`flag provided but not defined: -${flag.name}`), unknownFlag: flag.name };
    }
    if (spec.kind === 'bool') {
      const on = flag.value === undefined || trueWords.has(flag.value);
      if (!on && !falseWords.has(flag.value ?? '')) {
        const reason = faultWords(spec, flag.value ?? '', 'ParseBool', 'invalid syntax');
        return refuse(`invalid boolean value ${JSON.stringify(flag.value)} for -${flag.name}: ${reason}`);
      }
      args.push(on ? `--${flag.name}` : `--no-${flag.name}`);
      continue;
    }
    if (flag.value === undefined) at += 1;
    const value = flag.value ?? argv[at];
    if (value === undefined) return refuse(`flag needs an argument: -${flag.name}`);
    const fault = spec.kind === 'int' ? integerFault(spec, value) : undefined;
    if (fault !== undefined) {
      return refuse(`invalid value ${JSON.stringify(value)} for flag -${flag.name}: ${fault}`);
    }
    args.push(`--${spec.collectedIn ?? flag.name}=${value}`);
  }
  return { ok: true, args: [...args, '--', ...argv.slice(at)] };
}

interface SplitFlag {
  readonly name: string;
  readonly value: string | undefined;
}

/** Undefined when there is no name behind the dashes. */
function splitFlag(token: string): SplitFlag | undefined {
  const body = token.slice(token.startsWith('--') ? 2 : 1);
  if (body.startsWith('-') || body.startsWith('=')) return undefined;
  const equals = body.indexOf('=');
  return equals < 0
    ? { name: body, value: undefined }
    : { name: body.slice(0, equals), value: body.slice(equals + 1) };
}

/** Numbers beyond 2^53 are out of range for us already. */
function integerFault(spec: FlagSpec, text: string): string | undefined {
  if (!/^[+-]?\d+$/.test(text)) return faultWords(spec, text, 'Atoi', 'invalid syntax');
  if (!Number.isSafeInteger(Number(text))) return faultWords(spec, text, 'Atoi', 'value out of range');
  return undefined;
}

function faultWords(
  { parsedBy = 'flag' }: FlagSpec,
  text: string,
  by: 'Atoi' | 'ParseBool',
  reason: 'invalid syntax' | 'value out of range',
): string {
  if (parsedBy === 'strconv') return `strconv.${by}: parsing ${JSON.stringify(text)}: ${reason}`;
  return reason === 'invalid syntax' ? 'parse error' : reason;
}

function refuse(message: string): Extract<GoFlagsResult, { ok: false }> {
  return { ok: false, message };
}
