import { quote } from '@hobnob/catalog/go';
import { parseGoUrl } from './go-url.ts';
import { follow, RequestError, readBody, statusLine } from './http-exchange.ts';
import { firstValue, type HopRequest, isMethod, requestFields } from './http-headers.ts';
import type { HttpCheck } from './kinds.ts';
import { TailBuffer } from './output.ts';
import type { CheckResult, CheckStatus } from './result.ts';
import type { SecureOptions } from './secure-connection.ts';

/** What HTTP checks share. */
export type HttpRunnerOptions = Pick<SecureOptions, 'tlsContext' | 'peerName' | 'wallMs'>;

const lateText = ' (Client.Timeout exceeded while awaiting headers)';

/**
 * Runs an HTTP check once. Never rejects for what the network does: errors are critical, with the text that Go's client
 * gives. A body that breaks off or does not end in time does not change the state.
 * @param signal ends the run; when it is the check's timeout, the result says so.
 * Source: consensus-and-rpc.md 7.5; Consul checks.CheckHTTP.
 */
export async function runHttp(
  check: HttpCheck,
  options: HttpRunnerOptions,
  signal: AbortSignal,
): Promise<CheckResult> {
  try {
    const hopOptions = {
      signal,
      tlsContext: options.tlsContext,
      peerName: options.peerName,
      skipsTlsVerification: check.skipsTlsVerification,
      wallMs: options.wallMs,
      lateText,
    };
    const followed = await follow(firstRequest(check), check.method, hopOptions);
    const { response } = followed;
    try {
      const body = new TailBuffer(check.outputBytesMax);
      await readBody(followed, body, signal);
      const status = statusLine(response.message);
      const output = `HTTP ${check.method} ${check.url}: ${status} Output: ${body.text()}`;
      return { status: statusOf(response.message.statusCode), output };
    } finally {
      response.close();
    }
  } catch (error) {
    return { status: 'critical', output: error instanceof Error ? error.message : String(error) };
  }
}

function statusOf(code = 0): CheckStatus {
  if (code >= 200 && code <= 299) return 'passing';
  return code === 429 ? 'warning' : 'critical';
}

/** @throws GoUrlError, RequestError for a definition that makes no request. */
function firstRequest(check: HttpCheck): HopRequest {
  if (!isMethod(check.method)) {
    throw new RequestError(`net/http: invalid method ${quote(check.method)}`);
  }
  const url = parseGoUrl(check.url);
  const fields = requestFields(check.headers);
  return {
    method: check.method,
    url: { ...url, host: url.host.replace(/:$/, '') },
    host: firstValue(fields, 'Host'),
    fields,
    body: Buffer.from(check.body),
  };
}
