import { HclError, parseHcl } from '@hobnob/catalog/hcl';
import { messageOf } from '@hobnob/gossip/files';
import { Turns } from '../async/turns.ts';
import { AgentError } from '../errors.ts';
import type { AgentOptions } from '../options.ts';
import { checkKeys, isJsonObject, type JsonObject } from './check-keys.ts';
import { decodeAsGo } from './go-decode.ts';
import { findJsonFault } from './json-fault.ts';
import { configKeys } from './keys.ts';
import { mapFile } from './map-file.ts';
import { mergeOptions } from './merge.ts';
import { listProblems } from './problems.ts';

export const configFormats = ['json', 'hcl'] as const;
/** The language of a configuration file; HCL is its version 1. */
export type ConfigFormat = (typeof configFormats)[number];

/** A configuration file, read but not yet understood. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
  /** Default: JSON. */
  readonly format?: ConfigFormat;
}

/**
 * Reads configuration files in Consul's JSON or HCL, each overriding the ones before it (lists are appended, maps
 * merged). Pure.
 * @throws AgentError AGENT_CONFIG with every fault of every file, or AGENT_PROTECTION when the only faults are
 *   settings that ask for protection this version cannot give.
 */
export function parseConfigFiles(files: readonly ConfigFile[]): AgentOptions {
  const parsed = new ParsedFiles();
  for (const file of files) parsed.add(file);
  return parsed.options();
}

/**
 * As `parseConfigFiles`, for a process that serves others meanwhile: the event loop has its turn between two files.
 * Rejects as that throws.
 */
export async function parseConfigFilesInTurns(files: readonly ConfigFile[]): Promise<AgentOptions> {
  const parsed = new ParsedFiles();
  const turns = new Turns();
  for (const file of files) {
    await turns.next();
    parsed.add(file);
  }
  return parsed.options();
}

class ParsedFiles {
  readonly #problems: string[] = [];
  readonly #refusals: string[] = [];
  #merged: AgentOptions = {};

  add(file: ConfigFile): void {
    const values = parseObject(file, this.#problems);
    const checked = checkKeys(values, configKeys);
    const mapped = mapFile(checked.given);
    for (const problem of [...checked.problems, ...mapped.problems]) {
      this.#problems.push(`${file.path}: ${problem}`);
    }
    for (const refusal of mapped.refusals) this.#refusals.push(`${file.path}: ${refusal}`);
    this.#merged = mergeOptions(this.#merged, mapped.options);
  }

  options(): AgentOptions {
    const problems = [...this.#problems, ...this.#refusals];
    if (problems.length === 0) return this.#merged;
    const code = this.#problems.length === 0 ? 'AGENT_PROTECTION' : 'AGENT_CONFIG';
    throw new AgentError(code, listProblems(problems), { problems });
  }
}

/** Windows programs write it at the beginning of a text. Consul refuses it. */
const byteOrderMark = '\ufeff';

/**
 * The values of a file as JSON would have them, see `decodeAsGo`; {} with the reason in `problems` when there are none. An empty file
 * and `null` are an empty configuration, as in Consul.
 */
export function parseObject(file: ConfigFile, problems: string[]): JsonObject {
  const text = file.text.startsWith(byteOrderMark) ? file.text.slice(byteOrderMark.length) : file.text;
  if (text === '') return {};
  const values =
    file.format === 'hcl' ? parseHclText(file.path, text, problems) : parseJson(file.path, text, problems);
  return decodeAsGo(values, configKeys);
}

function parseJson(path: string, text: string, problems: string[]): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (value === null) return {};
    if (isDeeper(value, depthMax)) problems.push(`${path}: nested deeper than ${depthMax} levels`);
    else if (isJsonObject(value)) return value;
    else
      problems.push(
        `${path}: expected a JSON object, got ${Array.isArray(value) ? 'an array' : typeof value}`,
      );
  } catch (error) {
    problems.push(jsonProblem(path, text, error));
  }
  return {};
}

/** As of HCL: whoever walks the values may recurse. */
const depthMax = 500;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

function parseHclText(path: string, text: string, problems: string[]): JsonObject {
  try {
    return parseHcl(text);
  } catch (error) {
    if (!(error instanceof HclError)) throw error;
    problems.push(`${path}:${error.line}:${error.column}: not valid HCL: ${error.reason}`);
    return {};
  }
}

function jsonProblem(path: string, text: string, error: unknown): string {
  // What UTF-16 begins with, read as UTF-8.
  if (text.startsWith('\ufffd')) return `${path}: not valid JSON: the file is not written in UTF-8`;
  const fault = findJsonFault(text);
  if (fault !== undefined) return `${path}:${fault.line}:${fault.column}: not valid JSON: ${fault.reason}`;
  return `${path}: not valid JSON: ${messageOf(error)}`;
}
