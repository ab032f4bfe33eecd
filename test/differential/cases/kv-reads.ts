import { type Case, each, get, put, remove, type Step } from '../case.ts';

/** Keys: what a read answers. */

const clean = remove('/v1/kv/d?recurse');
const keys = [
  'd',
  'd/',
  'd/a',
  'd/a/1',
  'd/a/2',
  'd/a-b/1',
  'd/b',
  'd/c/',
  'd/c/1/x',
  'd/c/1/y',
  'd/c/2',
  'd/z',
];
const filled: readonly Step[] = keys.map((key, i) => put(`/v1/kv/${key}?flags=${i}`, key));

const read = (name: string, paths: readonly string[], more: Omit<Step, 'method' | 'path'> = {}): Case => ({
  name: `kv: ${name}`,
  steps: [
    ...filled,
    ...paths.flatMap((path) => [get(`/v1/kv/${path}`, more), get(`/v1/kv/${path}`, more)]),
    clean,
  ],
});

const separators = ['/', '', '-', 'a', '/1', '//', '%2F', '1/', 'd', '%ff', '%00'];

/** A blocking read, and writes beside what it asks for. */
const blocked = (question: string, beside: readonly Step[]): Case => ({
  name: `kv: a blocking read of ${question} is not woken beside it`,
  steps: [
    ...filled,
    get(`/v1/kv/${question}`, { keepIndex: true }),
    ...beside,
    get(`/v1/kv/${question}${question.includes('?') ? '&' : '?'}index=$index&wait=300ms`),
    get(`/v1/kv/${question}${question.includes('?') ? '&' : '?'}index=1&wait=5s`),
    clean,
  ],
});

const indexOf = (question: string): Case => ({
  name: `kv: the index of ${question} after each kind of write`,
  steps: [
    get(`/v1/kv/${question}`),
    ...[
      put('/v1/kv/d/a', 'v'),
      put('/v1/kv/d/a', 'v'),
      put('/v1/kv/d/a', 'w'),
      put('/v1/kv/d/a/1', 'w'),
      put('/v1/kv/d/ab', 'w'),
      put('/v1/kv/d/b', 'w'),
      put('/v1/kv/e', 'w'),
      put('/v1/kv/d/a?cas=0', 'x'),
      remove('/v1/kv/d/a'),
      remove('/v1/kv/d/a'),
      put('/v1/kv/d/a', 'v'),
      remove('/v1/kv/d/b'),
      remove('/v1/kv/d/a/?recurse'),
      remove('/v1/kv/d/a/?recurse'),
      remove('/v1/kv/d/?recurse'),
      put('/v1/kv/d/q', 'v'),
      remove('/v1/kv/e'),
    ].flatMap((write) => [write, get(`/v1/kv/${question}`)]),
    clean,
  ],
});

export const kvReadCases: readonly Case[] = [
  read('a key', ['d/a', 'd', 'd/', 'd/c/']),
  read('raw', [
    'd/a?raw',
    'd/a?raw=false',
    'd/a?raw&pretty',
    'd/missing?raw',
    'd/a?raw&recurse',
    'd/?raw&keys',
  ]),
  read('pretty', ['d/a?pretty', 'd/?pretty&recurse', 'd/?pretty&keys', 'd/missing?pretty']),
  read('recurse', [
    'd?recurse',
    'd/?recurse',
    'd/a?recurse',
    'd/a/?recurse=',
    'd/missing?recurse',
    'd/c?recurse=false',
  ]),
  read('keys', [
    'd?keys',
    'd/?keys',
    'd/a?keys',
    'd/missing?keys',
    'd/c/?keys=true',
    '?keys',
    'd/a?keys=false',
  ]),
  read('keys and recurse', ['d/?keys&recurse', 'd/?recurse&keys', 'd/missing?keys&recurse']),
  ...separators.map((separator) =>
    read(`keys with the separator ${separator || 'empty'}`, [
      `d?keys&separator=${separator}`,
      `d/?keys&separator=${separator}`,
      `d/c/?separator=${separator}&keys`,
      `d/c?keys&separator=${separator}`,
      `?keys&separator=${separator}`,
    ]),
  ),
  read('a separator without keys', ['d/a?separator=/', 'd/?recurse&separator=/']),
  read('two separators', ['d/?keys&separator=/&separator=-']),
  read('consistency', [
    'd/a?stale',
    'd/a?consistent',
    'd/a?stale&consistent',
    'd/a?max_stale=1s',
    'd/a?max_stale=x',
    'd/?keys&stale',
    'd/?recurse&consistent',
    'd/missing?stale',
    'd/a?cached',
    'd/a?cached&consistent',
    'd/?recurse&cached',
  ]),
  read('other options', [
    'd/a?dc=dc1',
    'd/a?dc=',
    'd/a?token=x',
    'd/a?filter=Key==x',
    'd/a?filter=%3D',
    'd/?recurse&filter=Key==x',
    'd/a?near=_agent',
    'd/a?node-meta=a:b',
    'd/a?flags=x&cas=y&acquire=z',
    'd/a?unknown',
    'd/a?',
    'd/a?&',
    'd/a?index=0',
    'd/a?index=',
    'd/a?wait=1s',
  ]),
  read('gzip', ['d/a', 'd/?recurse', 'd/a?raw', 'd/missing', 'd/missing?recurse', 'd/missing?keys'], {
    headers: { 'Accept-Encoding': 'gzip' },
  }),
  read('Cache-Control', ['d/a', 'd/?keys'], { headers: { 'Cache-Control': 'no-cache' } }),
  read('a malformed Cache-Control', ['d/a', 'd/?keys'], { headers: { 'Cache-Control': 'max-age=x' } }),
  ...each([
    get('/v1/kv/d/a'),
    get('/v1/kv/d/a?recurse'),
    get('/v1/kv/d/a?keys'),
    get('/v1/kv/d/a?raw'),
    get('/v1/kv/'),
    get('/v1/kv'),
    get('/v1/kv?recurse'),
    get('/v1/kv/?recurse'),
    get('/v1/kv/?keys'),
    get('/v1/kv/?keys&separator=/'),
    get('/v1/kv/?raw'),
    get('/v1/kv/?stale&consistent'),
    get('/v1/kv/d/a?index=x'),
    get('/v1/kv/d/a?index=-1'),
    get('/v1/kv/d/a?wait=x'),
    get('/v1/kv/d/a?dc=dc2'),
    get('/v1/kv/d/?recurse&dc=dc2'),
    get('/v1/kv/d/?keys&dc=dc2'),
    get('/v1/kv/d/a?ns=x'),
    get('/v1/kv/d/a?ns=x&keys'),
    get('/v1/kv/d/?ns=x&recurse'),
    get('/v1/kv/d/a', { headers: { 'X-Consul-Namespace': 'x' } }),
    get('/v1/kv/?ns=x'),
    get('/v1/kv/d/a?%zz'),
    get('/v1/kv/d/a', { headers: { 'Accept-Encoding': 'gzip' } }),
    get('/v1/kv/d/a?recurse', { headers: { 'Accept-Encoding': 'gzip' } }),
    get('/v1/KV/d/a'),
    get('/v1/kv/d/a;x'),
  ]),
  ...['d/a', 'd/a/?recurse', 'd/a/?keys', 'd/a?recurse', 'd/missing', 'd/missing?recurse'].map((question) =>
    blocked(question, [
      put('/v1/kv/d/b', 'other'),
      put('/v1/kv/d', 'other'),
      put('/v1/kv/e', 'other'),
      put('/v1/kv/d/0', 'other'),
      remove('/v1/kv/e'),
    ]),
  ),
  blocked('d/a', [
    put('/v1/kv/d/a/1', 'below'),
    put('/v1/kv/d/a/new', 'below'),
    put('/v1/kv/d/ab', 'beside'),
  ]),
  blocked('d/a/?keys', [put('/v1/kv/d/a', 'above'), put('/v1/kv/d/a-b/1', 'beside')]),
  ...[
    'd/a',
    'd/a?recurse',
    'd/a/?recurse',
    'd/a/?keys',
    'd/?keys&separator=/',
    '?keys',
    '?recurse',
    'd/q',
    'd/none?keys',
  ].map(indexOf),
];
