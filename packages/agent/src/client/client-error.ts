/**
 * - `CLIENT_ADDRESS`: the address cannot be understood.
 * - `CLIENT_ARGUMENT`: an argument is of the wrong type, empty or out of range, or a certificate or key cannot be used; no
 *   request was sent.
 * - `CLIENT_CONNECTION`: no answer arrived; `cause` is Node's error (ECONNREFUSED, ENOENT, ...).
 * - `CLIENT_STATUS`: the agent answered, but not with 200; see `status` and `body`.
 * - `CLIENT_BODY`: the answer is not what this call returns.
 */
export type AgentClientErrorCode =
  | 'CLIENT_ADDRESS'
  | 'CLIENT_ARGUMENT'
  | 'CLIENT_CONNECTION'
  | 'CLIENT_STATUS'
  | 'CLIENT_BODY';

/** A request that did not succeed. Whether the agent acted on it is unknown after CLIENT_CONNECTION. */
export class AgentClientError extends Error {
  override readonly name = 'AgentClientError';
  readonly code: AgentClientErrorCode;
  readonly method: string;
  readonly url: string;
  /** 0 when no answer arrived. */
  readonly status: number;
  /** The answer's text; '' when none arrived. */
  readonly body: string;

  constructor(
    code: AgentClientErrorCode,
    message: string,
    request: {
      readonly method: string;
      readonly url: string;
      readonly status?: number;
      readonly body?: string;
    },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.method = request.method;
    this.url = request.url;
    this.status = request.status ?? 0;
    this.body = request.body ?? '';
  }
}
