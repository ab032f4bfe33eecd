import { quote } from '@hobnob/catalog/go';
import { functionsFor } from './functions.ts';
import type { InterfaceAddress } from './interface-address.ts';
import { type HostInterfaces, toEntries } from './interface-entry.ts';
import { type Pipeline, parseTemplate, type Word } from './parse-template.ts';
import { TemplateFault } from './template-fault.ts';
import type { TemplateFunction, Value } from './template-function.ts';

/** What templates ask a machine about. */
export interface TemplateHost {
  /** Every address of every interface; none when absent. */
  readonly interfaces?: readonly InterfaceAddress[];
  /** The name of the interface of the default route; absent without such a route. */
  readonly defaultInterface?: string | undefined;
}

/**
 * Evaluates the templates of go-sockaddr in a text, such as `{{ GetInterfaceIP "eth0" }}`. Pure: text without `{{` comes back
 * as it is. Source: go-sockaddr v1.0.2 template.
 * @throws TemplateFault with the reason.
 */
export function expandTemplate(text: string, { interfaces = [], defaultInterface }: TemplateHost): string {
  const host: HostInterfaces = { all: toEntries(interfaces), defaultName: defaultInterface };
  const functions = functionsFor(host);
  return parseTemplate(text)
    .map((part) => (part.kind === 'text' ? part.text : printed(evaluate(part.commands, host, functions))))
    .join('');
}

type Functions = ReadonlyMap<string, TemplateFunction>;

function evaluate(commands: Pipeline, host: HostInterfaces, functions: Functions): Value {
  let piped: readonly Value[] = [];
  for (const { first, rest } of commands) {
    const values = [...rest.map((word) => operand(word, host, functions)), ...piped];
    piped = [
      first.kind === 'function' ? callOf(first.name, functions)(values) : operand(first, host, functions),
    ];
  }
  const [result] = piped;
  if (result === undefined) throw new TemplateFault('missing value for command');
  return result;
}

function operand(word: Word, host: HostInterfaces, functions: Functions): Value {
  switch (word.kind) {
    case 'text':
    case 'number':
      return word.value;
    case 'all':
      return host.all;
    case 'function':
      return callOf(word.name, functions)([]);
    case 'pipeline':
      return evaluate(word.commands, host, functions);
  }
}

function callOf(name: string, functions: Functions): (values: readonly Value[]) => Value {
  const found = functions.get(name);
  if (found === undefined) throw new TemplateFault(`function ${quote(name)} not defined`);
  return (values) => found(name, values);
}

function printed(value: Value): string {
  if (typeof value === 'object') {
    throw new TemplateFault('it yields a list of interfaces and no text: end it with attr or join');
  }
  return String(value);
}
