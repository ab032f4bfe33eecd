/**
 * - `INPUT_SYNTAX`: the text is no JSON.
 * - `INPUT_TYPE`: a JSON value of the wrong kind, or a number that its field cannot hold.
 * - `INPUT_FIELD`: a field that the record does not have.
 * - `INPUT_VALUE`: a text that is no duration, truth value, number or base64.
 * - `INPUT_LIMIT`: deeper or larger than is accepted.
 * - `INPUT_FILTER`: an expression that is no filter, or does not fit the records it is for.
 */
export type InputErrorCode =
  | 'INPUT_SYNTAX'
  | 'INPUT_TYPE'
  | 'INPUT_FIELD'
  | 'INPUT_VALUE'
  | 'INPUT_LIMIT'
  | 'INPUT_FILTER';

/** What a client sent cannot be used. The message is the text that Consul 1.8.7 answers with. State is unchanged. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly code: InputErrorCode;

  constructor(code: InputErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
