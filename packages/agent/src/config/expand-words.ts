import { quote } from '@hobnob/catalog/go';
import type { HostFacts } from './host-facts.ts';
import type { Problems } from './problems.ts';
import { expandTemplate } from './sockaddr/expand-template.ts';
import { TemplateFault } from './sockaddr/template-fault.ts';

/** What the text of an address is checked with: the machine that its templates ask, and the list that takes faults. */
export interface AddressChecks {
  readonly host: HostFacts;
  readonly problems: Problems;
}

/** The words of a text once its templates are evaluated; undefined after a problem. */
export function expandWords(
  path: string,
  text: string,
  { host, problems }: AddressChecks,
): readonly string[] | undefined {
  try {
    return expandTemplate(text, host)
      .split(/\s+/)
      .filter((word) => word !== '');
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    problems.add(`${path}: error parsing ${quote(text)}: ${error.message}`);
    return undefined;
  }
}

/** Names and addresses to join: a template stands for as many as it finds, and a text without one is taken as it is. */
export function expandEach(path: string, texts: readonly string[], checks: AddressChecks): readonly string[] {
  return texts.flatMap((text) =>
    text.includes('{{') ? (expandWords(path, text, checks) ?? []) : text === '' ? [] : [text],
  );
}
