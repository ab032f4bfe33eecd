import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

/** The repository's top folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const skippedFolders = new Set(['node_modules', 'dist', '.git', 'coverage']);

/** Every file of the repository below a folder, as paths from the top with forward slashes, sorted. */
export function filesUnder(folder = '.'): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (skippedFolders.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...filesUnder(path));
    else found.push(path.split(sep).join('/'));
  }
  return found.sort();
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** A name that a module exports, and where its declaration is written. */
export interface ExportedName {
  readonly name: string;
  /** Undefined for a re-export; then `from` and `importedName` say where to look. */
  readonly declarationStart?: number;
  readonly from?: string;
  /** `*` for all names of `from`. */
  readonly importedName?: string;
}

/** What the rules ask of one module. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** The text with comments and nothing else blanked out: offsets stay the same. */
  readonly code: string;
  /** Specifiers of static and dynamic imports and of re-exports. */
  readonly imports: readonly string[];
  readonly exports: readonly ExportedName[];
  /** String members of exported unions of literals, by the union's name. */
  readonly literalUnions: ReadonlyMap<string, readonly string[]>;
  /** True when a doc comment ends right before this offset. */
  hasDocBefore(offset: number): boolean;
}

type ParseResult = ReturnType<typeof parseSync>;
type Statement = ParseResult['program']['body'][number];

/** Parses one module. @throws Error when it is not valid TypeScript. */
export function readSource(path: string): SourceFile {
  const text = readText(path);
  const { program, module, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors.map((error) => error.message).join('; ')}`);
  let code = text;
  for (const { start, end } of comments) {
    code = code.slice(0, start) + code.slice(start, end).replace(/[^\n]/g, ' ') + code.slice(end);
  }
  const docEnds = comments
    .filter((comment) => comment.type === 'Block' && comment.value.startsWith('*'))
    .map((comment) => comment.end);
  return {
    path,
    text,
    code,
    imports: importsOf(text, module),
    exports: program.body.flatMap(exportsOf),
    literalUnions: new Map(program.body.flatMap(literalUnionOf)),
    hasDocBefore: (offset) => docEnds.some((end) => end <= offset && text.slice(end, offset).trim() === ''),
  };
}

function importsOf(text: string, module: ParseResult['module']): string[] {
  const reExports = module.staticExports.flatMap((statement) =>
    statement.entries.flatMap((entry) => (entry.moduleRequest === null ? [] : [entry.moduleRequest.value])),
  );
  const dynamic = module.dynamicImports.map(({ moduleRequest }) =>
    text.slice(moduleRequest.start, moduleRequest.end).replace(/^['"]|['"]$/g, ''),
  );
  return [...module.staticImports.map((one) => one.moduleRequest.value), ...reExports, ...dynamic];
}

function exportsOf(statement: Statement): ExportedName[] {
  if (statement.type === 'ExportAllDeclaration') {
    return [{ name: '*', from: statement.source.value, importedName: '*' }];
  }
  if (statement.type !== 'ExportNamedDeclaration') return [];
  const from = statement.source?.value;
  if (from !== undefined) {
    return statement.specifiers.map((one) => ({
      name: textOfName(one.exported),
      from,
      importedName: textOfName(one.local),
    }));
  }
  const { declaration } = statement;
  const declarationStart = statement.start;
  if (declaration === null) return [];
  if (declaration.type === 'VariableDeclaration') {
    return declaration.declarations.flatMap(({ id }) =>
      id.type === 'Identifier' ? [{ name: id.name, declarationStart }] : [],
    );
  }
  return 'id' in declaration && declaration.id?.type === 'Identifier'
    ? [{ name: declaration.id.name, declarationStart }]
    : [];
}

function textOfName(node: {
  readonly type: string;
  readonly name?: string;
  readonly value?: unknown;
}): string {
  return node.name ?? String(node.value);
}

function literalUnionOf(statement: Statement): [string, readonly string[]][] {
  if (statement.type !== 'ExportNamedDeclaration') return [];
  const { declaration } = statement;
  if (declaration?.type !== 'TSTypeAliasDeclaration') return [];
  const { typeAnnotation, id } = declaration;
  const members = typeAnnotation.type === 'TSUnionType' ? typeAnnotation.types : [typeAnnotation];
  const literals = members.flatMap((member) =>
    member.type === 'TSLiteralType' &&
    member.literal.type === 'Literal' &&
    typeof member.literal.value === 'string'
      ? [member.literal.value]
      : [],
  );
  return literals.length === members.length ? [[id.name, literals]] : [];
}

/** The repository path that a relative specifier means, or undefined for a package. */
export function resolveImport(importer: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const absolute = resolve(root, dirname(importer), specifier);
  return relative(root, absolute).split(sep).join('/');
}
