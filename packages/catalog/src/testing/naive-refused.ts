/** Ends a command, or an operation of a transaction, that a naive state does not allow. */
export class NaiveRefused extends Error {
  override readonly name = 'NaiveRefused';
}
