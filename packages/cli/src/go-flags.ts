import type { FlagSpec } from './flag-spec.ts';
import { goDurationNs, goUint64 } from './go-numbers.ts';

/** The value of one flag, of the kind that its spec names. */
type FlagValue = boolean | number | bigint | string | readonly string[] | Readonly<Record<string, string>>;

/** The flags and arguments of a command line, or the sentence Go's flag package would print. */
export type GoFlagsResult =
  | {
      readonly ok: true;
      /** By flag name; flags that were not given are absent. */
      readonly flags: Readonly<Record<string, FlagValue>>;
      /** The arguments behind the flags. */
      readonly args: readonly string[];
    }
  | {
      readonly ok: false;
      readonly message: string;
      /** Set when the fault is a flag that does not exist. */
      readonly unknownFlag?: string;
    };

const trueWords: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const falseWords: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/**
 * Parses the arguments of one command in Go's flag syntax. One dash or two mean the same; a value follows `=` or is the
 * next argument, also one with a dash; a boolean takes a value only behind `=`; `--` or the first argument that is no
 * flag ends the flags. Of a flag given twice the last value counts; lists and pairs collect. Pure.
 * Source: Go flag.FlagSet.Parse.
 */
export function parseGoFlags(specs: readonly FlagSpec[], argv: readonly string[]): GoFlagsResult {
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  const flags = new Map<string, FlagValue>();
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
    if (spec.kind !== 'bool' && flag.value === undefined) at += 1;
    const text = spec.kind === 'bool' ? (flag.value ?? 'true') : (flag.value ?? argv[at]);
    if (text === undefined) return refuse(`flag needs an argument: -${flag.name}`);
    const fault = valueFault(spec, text);
    if (fault !== undefined) return refuse(fault);
    const name = spec.collectedIn ?? flag.name;
    flags.set(name, readValue(spec, text, flags.get(name)));
  }
  return { ok: true, flags: Object.fromEntries(flags), args: argv.slice(at) };
}

/** A truth value as Go writes it; undefined when the text is none. */
export function parseGoBool(text: string): boolean | undefined {
  if (trueWords.has(text)) return true;
  return falseWords.has(text) ? false : undefined;
}

/** The value of a text without fault, added to what the flag has collected before. */
function readValue({ kind }: FlagSpec, text: string, before: FlagValue | undefined): FlagValue {
  switch (kind) {
    case 'bool':
      return trueWords.has(text);
    case 'int':
      return Number(text);
    case 'uint':
      return goUint64(text) ?? 0n;
    case 'duration':
      return goDurationNs(text) ?? 0n;
    case 'string':
      return text;
    case 'list':
      return [...(Array.isArray(before) ? before : []), text];
    case 'pairs':
    case 'map': {
      const separator = kind === 'map' ? '=' : ':';
      const [key = '', ...rest] = text.split(separator);
      return { ...(typeof before === 'object' ? before : {}), [key]: rest.join(separator) };
    }
  }
}

function valueFault(spec: FlagSpec, text: string): string | undefined {
  const quoted = JSON.stringify(text);
  if (spec.kind === 'bool' && !trueWords.has(text) && !falseWords.has(text)) {
    const reason = faultWords(spec, text, 'ParseBool', 'invalid syntax');
    return `invalid boolean value ${quoted} for -${spec.name}: ${reason}`;
  }
  const fault = faultOfKind(spec, text);
  return fault === undefined ? undefined : `invalid value ${quoted} for flag -${spec.name}: ${fault}`;
}

function faultOfKind(spec: FlagSpec, text: string): string | undefined {
  switch (spec.kind) {
    case 'int':
      return integerFault(spec, text);
    case 'uint':
      if (goUint64(text) === undefined) return 'parse error';
      return BigInt.asUintN(64, goUint64(text) ?? 0n) === goUint64(text) ? undefined : 'value out of range';
    case 'duration':
      return goDurationNs(text) === undefined ? 'parse error' : undefined;
    case 'map':
      return assignmentFault(text);
    default:
      return undefined;
  }
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

function assignmentFault(text: string): string | undefined {
  return text.includes('=') ? undefined : `Missing "=" value in argument: ${text}`;
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
