import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FilterOptions, Filters } from '@hobnob/catalog/filter';
import { InputError } from '@hobnob/catalog/go';
import type { Infer, RecordShape } from '@hobnob/catalog/records';
import type { FastifyRequest } from 'fastify';
import { HttpError } from '../error-reply.ts';
import { queryValue } from '../request.ts';

/**
 * The records of a map that `?filter` lets pass. Unlike in 1.8.7 an expression that cannot be read is the fault of the
 * request.
 * @throws HttpError HTTP_BAD_REQUEST with Consul's text.
 */
export async function filtered<S extends RecordShape>(
  request: FastifyRequest,
  filters: Filters,
  {
    shape,
    records,
    ...options
  }: FilterOptions & { readonly shape: S; readonly records: ReadonlyMap<string, Infer<S>> },
): Promise<Readonly<Record<string, Infer<S>>>> {
  const text = queryValue(request, 'filter') ?? '';
  try {
    if (text === '') return Object.fromEntries(records);
    const passes = await filters.compile(shape, text, options);
    const found: [string, Infer<S>][] = [];
    for (const [id, record] of [...records]) {
      if (passes.isSlow) await nextTurn();
      if (passes(record)) found.push([id, record]);
    }
    return Object.fromEntries(found);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new HttpError('HTTP_BAD_REQUEST', error.message);
  }
}
