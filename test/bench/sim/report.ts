import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../source-files.ts';

const page = join(root, 'docs', 'performance-gossip.md');

/** The page and its plots are what they were unless this is asked for. */
const isWriting = process.argv.includes('--write');

/**
 * Prints a section of docs/performance-gossip.md; with `--write`, puts it between `<!-- NAME -->` and `<!-- /NAME -->`
 * there.
 * @throws Error when the page has no such place.
 */
export function writeSection(name: string, markdown: string): void {
  process.stdout.write(`${markdown.trim()}\n`);
  if (!isWriting) return;
  const text = readFileSync(page, 'utf8');
  const begin = `<!-- ${name} -->`;
  const end = `<!-- /${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/performance-gossip.md has no section ${name}`);
  writeFileSync(page, `${text.slice(0, from)}${begin}\n\n${markdown.trim()}\n\n${text.slice(to)}`);
}

/** With `--write`, writes a plot beside the page. */
export function writePlot(name: string, svg: string): void {
  if (!isWriting) return;
  const folder = join(root, 'docs', 'plots');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.svg`), svg);
}

/** The value of `--NAME=value` or `--NAME value`. */
export function textFlag(args: readonly string[], name: string): string | undefined {
  const at = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
  if (at < 0) return undefined;
  const arg = args[at];
  return arg?.includes('=') ? arg.slice(arg.indexOf('=') + 1) : args[at + 1];
}

/** The same as a number. @throws RangeError when it is none. */
export function numberFlag(args: readonly string[], name: string, otherwise: number): number {
  if (!args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`))) return otherwise;
  const value = Number(textFlag(args, name) ?? Number.NaN);
  if (!Number.isFinite(value)) throw new RangeError(`--${name} takes a number`);
  return value;
}

/**
 * The value below which this share of all lies, by nearest rank; `-` of too few values for it to mean
 * anything: a share of 0.99 needs a hundred.
 */
export function percentile(values: readonly number[], share: number): string {
  if (values.length === 0 || (share > 0.5 && values.length * (1 - share) < 0.999)) return '-';
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return (sorted[rank - 1] ?? Number.NaN).toFixed(2);
}

/** CPU seconds of this process since a reading of `process.cpuUsage()`. */
export function cpuSecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
