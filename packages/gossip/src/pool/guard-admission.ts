import { GossipTypeError } from '../errors.ts';
import type { AdmissionPolicy } from '../options/options.ts';
import type { CallbackErrors } from './callback-errors.ts';

/**
 * An admission policy that never throws and returns text or undefined only. When the application's policy throws or
 * returns anything else, the candidates are refused and the error is reported.
 */
export function guardAdmission(
  policy: AdmissionPolicy | undefined,
  errors: CallbackErrors,
): AdmissionPolicy | undefined {
  if (policy === undefined) return undefined;
  const failed = (error: unknown): string => {
    errors.report('admission', 'the admission policy failed and the members are refused', {}, error);
    return 'the admission policy failed';
  };
  return (members) => {
    let verdict: unknown;
    try {
      verdict = policy(members);
    } catch (error) {
      return failed(error);
    }
    if (verdict === undefined || typeof verdict === 'string') return verdict;
    // The protocol step cannot wait for a promise. Its rejection is reported as well.
    errors.run(() => verdict, failed);
    const kind = verdict === null ? 'null' : `a value of type ${typeof verdict}`;
    const message = `an admission policy has to return a text or undefined, at once; this one returned ${kind}`;
    return failed(new GossipTypeError('GOSSIP_ARGUMENT', message));
  };
}
