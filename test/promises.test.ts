import { join, relative } from 'node:path';
import type { Expression, Node, SourceFile } from 'typescript/unstable/ast';
import {
  isBinaryExpression,
  isCallExpression,
  isExpressionStatement,
  isPropertyAccessExpression,
} from 'typescript/unstable/ast/is';
import { API, type Type, TypeFlags, type UnionType } from 'typescript/unstable/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from './source-files.ts';

/**
 * No promise without an owner: an expression statement must not be a promise. Biome's rule knows neither the
 * types of Node's modules nor of packages imported by name; the compiler does.
 */

const projects = [
  'packages/gossip',
  'packages/catalog',
  'packages/agent',
  'packages/cli',
  'examples',
  'test',
];
let api: API;

beforeAll(() => {
  api = new API({ cwd: root });
});

afterAll(() => {
  api.close();
});

function expressionStatements(file: SourceFile): Expression[] {
  const found: Expression[] = [];
  const visit = (node: Node): void => {
    if (isExpressionStatement(node)) found.push(node.expression);
    node.forEachChild(visit);
  };
  visit(file);
  return found;
}

function isUnion(type: Type): type is UnionType {
  return (type.flags & TypeFlags.Union) !== 0;
}

/** A promise, or a union that may be one. Other thenables (a fastify reply) need no owner. */
function isPromise(type: Type): boolean {
  return isUnion(type) ? type.getTypes().some(isPromise) : type.getSymbol()?.name === 'Promise';
}

/** Assigned to something that will own it, or with a handler for its rejection. */
function isOwned(expression: Expression): boolean {
  if (isBinaryExpression(expression)) return true;
  if (!isCallExpression(expression) || !isPropertyAccessExpression(expression.expression)) return false;
  const method = expression.expression.name.text;
  if (method === 'finally') return isOwned(expression.expression.expression);
  const handlers = expression.arguments.length;
  return (method === 'catch' && handlers === 1) || (method === 'then' && handlers === 2);
}

test.each(projects)('in %s no promise is dropped', (project) => {
  const config = join(root, project, 'tsconfig.json');
  const snapshot = api.updateSnapshot({ openProjects: [config] });
  const opened = snapshot.getProject(config);
  if (opened === undefined) throw new Error(`${config} did not open`);
  const { checker, program } = opened;
  const own = program.getSourceFileNames().filter((name) => {
    const path = relative(root, name);
    return !path.startsWith('..') && !path.includes('node_modules') && !name.endsWith('.d.ts');
  });
  expect(own.length).toBeGreaterThan(0);
  const dropped = own.flatMap((name) => {
    const file = program.getSourceFile(name);
    if (file === undefined) throw new Error(`${name} cannot be read`);
    const expressions = expressionStatements(file);
    const types = checker.getTypeAtLocation(expressions);
    return expressions
      .filter((expression, index) => {
        const type = types[index];
        return type !== undefined && isPromise(type) && !isOwned(expression);
      })
      .map(
        (expression) => `${relative(root, name)}: ${file.text.slice(expression.pos, expression.end).trim()}`,
      );
  });
  expect(dropped).toEqual([]);
});
