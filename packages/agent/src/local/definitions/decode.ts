import { InputError } from '@hobnob/catalog/go';
import { type Infer, type RecordShape, readJson } from '@hobnob/catalog/records';
import { messageOf } from '@hobnob/gossip/files';

/**
 * A registration that its caller wrote as the JSON of the HTTP API, as the record that the agent works with.
 * @throws InputError with the field that cannot be read.
 */
export function decodeRegistration<S extends RecordShape>(shape: S, registration: unknown): Infer<S> {
  return readJson(shape, Buffer.from(jsonOf(registration)));
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // A cycle, or a bigint: the message names it.
    throw new InputError('INPUT_VALUE', messageOf(error), { cause: error });
  }
}
