import { readFileSync } from 'node:fs';
import { isRecordKind, type Row, type Rows } from '../../src/checks/record.ts';

/** The options of a section with the interface that documents them. */
export interface OptionSection {
  /** Where the section stands: '' for the options themselves. */
  readonly path: string;
  readonly rows: Rows;
  readonly interfaceName: string;
}

/** The doc comment of every member of every exported interface of a source file, as one line each. */
export function readInterfaces(url: URL): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const source = readFileSync(url, 'utf8');
  const interfaces = [...source.matchAll(/^export interface (\w+)[^{]*\{\n(.*?)^\}/gms)];
  return new Map(interfaces.map(([, name = '', body = '']) => [name, membersOf(body)]));
}

function membersOf(body: string): ReadonlyMap<string, string> {
  const members = [...body.matchAll(/(?: {2}\/\*\*((?:(?!\*\/).)*)\*\/\n)? {2}readonly (\w+)\??: /gs)];
  return new Map(members.map(([, comment = '', name = '']) => [name, oneLine(comment)]));
}

function oneLine(comment: string): string {
  return comment
    .replace(/\n\s*\*/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** What the table knows of an option, in the words that its comment has to hold. */
export function factsOf(row: Row): readonly string[] {
  const facts: string[] = [];
  if (row.kind.unit !== undefined) facts.push(row.kind.unit === 'ms' ? 'Milliseconds.' : 'Bytes.');
  if (row.isRequired) facts.push('Required.');
  if (row.default !== undefined) facts.push(`Default ${shown(row.default)}`);
  if (row.otherwise !== undefined) facts.push(`Default: ${row.otherwise}`);
  if (row.source !== undefined) facts.push(`Source: ${row.source}.`);
  return facts;
}

function shown(value: unknown): string {
  if (typeof value === 'number') return value.toLocaleString('en');
  if (typeof value === 'string' && value !== '') return `\`${value}\``;
  return JSON.stringify(value);
}

/** The sections inside, each found in the table itself. */
export function sectionsOf(rows: Rows, path = ''): ReadonlyMap<string, Rows> {
  const found = new Map([[path, rows]]);
  for (const [name, { kind }] of Object.entries(rows)) {
    if (!isRecordKind(kind)) continue;
    for (const [inside, more] of sectionsOf(kind.rows, path === '' ? name : `${path}.${name}`)) {
      found.set(inside, more);
    }
  }
  return found;
}

/** A section of the page: one line for each option. */
export function describeSection(section: OptionSection, comments: ReadonlyMap<string, string>): string {
  const { path, rows, interfaceName } = section;
  const lines = Object.entries(rows).map(([name, row]) => {
    const facts = [row.isRequired ? 'required' : defaultOf(row), row.source ?? ''];
    const allowed = isRecordKind(row.kind) ? 'see below' : row.kind.allowed;
    const cells = [`\`${name}\``, prose(comments.get(name) ?? '', row), allowed, ...facts];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const title = path === '' ? `\`${interfaceName}\`` : `\`${path}\` (\`${interfaceName}\`)`;
  const head = ['| option | what it is | allowed | default | source |', '|---|---|---|---|---|'];
  return [`## ${title}`, '', ...head, ...lines].join('\n');
}

function defaultOf(row: Row): string {
  return row.otherwise ?? (row.default === undefined ? '' : shown(row.default));
}

/** The comment without the facts that have columns of their own. */
function prose(comment: string, row: Row): string {
  let text = comment;
  for (const fact of factsOf(row)) text = text.replace(fact.endsWith('.') ? fact : `${fact}.`, '');
  return text.replace(/\s+/g, ' ').trim();
}
