import type { AgentLogger } from '../src/ports.ts';

/** Keeps every line as `LEVEL component: message {fields}`, trace left out. */
export function recordingLogger(
  lines: string[] = [],
  component = 'root',
): AgentLogger & { readonly lines: string[] } {
  const at = (level: string) => (fields: object, message: string) => {
    const text = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
    lines.push(`${level} ${component}: ${message}${text}`);
  };
  return {
    lines,
    error: at('ERROR'),
    warn: at('WARN'),
    info: at('INFO'),
    debug: at('DEBUG'),
    trace: () => undefined,
    child: (bindings) => recordingLogger(lines, bindings.component),
  };
}
