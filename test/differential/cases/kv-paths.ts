import { type Case, get, put, remove, type Step } from '../case.ts';

/** Keys of every kind, as they stand in a path. */

const paths = [
  'd%2Fa',
  'd/a%20b',
  'd/a+b',
  'd/a%2Bb',
  'd/a%25b',
  'd/a%3Fb',
  'd/a%23b',
  'd/a&b=c',
  'd/a;b',
  'd/a:b@c',
  "d/a'(b)*!$,",
  'd/a%22b',
  'd/a%3Cb%3E%26',
  'd/a%5Cb',
  'd/a|b',
  'd/%7Bx%7D',
  'd/gr%C3%BC%C3%9Fe',
  'd/%E2%98%83',
  'd/%F0%9F%98%80',
  'd/%e4%bd%a0/%e5%a5%bd',
  'd/e%CC%81',
  'd/%C2%A0',
  'd/%E2%80%A8',
  'd/%E2%80%8B',
  'd/%00',
  'd/%0A',
  'd/%09x',
  'd/%7F',
  'd/%ff',
  'd/%ff%fe/x',
  'd/%c3',
  'd/%c3x',
  'd/%ed%a0%80',
  'd/%f4%90%80%80',
  'd/%EF%BF%BD',
  'd/%2e%2e/x',
  'd/%2E',
  'd/..%2Fx',
  'd/./x',
  'd/../d/x',
  'd//x',
  'd/x/',
  'd/x//',
  'd/%2F',
  'd/%2f%2f',
  'd/x%2F',
  'd%2f%2fx',
  'd/%',
  'd/%zz',
  'd/%2',
  'd/constructor',
  'd/__proto__',
  'd/.',
  'd/..',
  'd/...',
  'd/true',
  'd/a%E9',
  `d/${'k'.repeat(1000)}`,
  `d/${'k/'.repeat(500)}`,
  `d/${'%E2%98%83'.repeat(300)}`,
];

const rooted = ['/d', '//d', '%2Fd', '%2F', '/', '//', '%2F%2Fd/x', 'd%00x', '%ffd', '.', '..', '%2e%2e'];

const clean = remove('/v1/kv/?recurse');

const kept = (path: string): Case => ({
  name: `kv: the key ${path.slice(0, 80)}`,
  steps: [
    put(`/v1/kv/${path}`, 'value'),
    get(`/v1/kv/${path}`),
    get(`/v1/kv/${path}`),
    get(`/v1/kv/${path}?raw`),
    get(`/v1/kv/${path}?recurse`),
    get(`/v1/kv/${path}?keys`),
    get('/v1/kv/?keys'),
    get('/v1/kv/d/?keys&separator=/'),
    get('/v1/kv/?recurse'),
    remove(`/v1/kv/${path}`),
    get('/v1/kv/?keys'),
    clean,
  ],
});

const order: readonly Step[] = [
  'd/%ff',
  'd/z',
  'd/%F0%9F%98%80',
  'd/%EF%BF%BF',
  'd/a',
  'd/%00',
  'd/Z',
  'd/%C3%A9',
].map((path) => put(`/v1/kv/${path}`, path));

export const kvPathCases: readonly Case[] = [
  ...paths.map(kept),
  ...rooted.map(kept),
  {
    name: 'kv: keys are in the order of their bytes',
    steps: [...order, get('/v1/kv/d/?keys'), get('/v1/kv/d/?recurse'), get('/v1/kv/d/%EF?keys'), clean],
  },
];
