import { printable } from './printable.ts';

/** The command succeeded. */
export const exitOk = 0;
/** The command failed: wrong usage, no answer, or the agent refused. */
export const exitFailure = 1;
/** `members` found no member that matches. */
export const exitNoMatch = 2;
/** No such command. As shells report it, and as Consul does. */
export const exitUnknownCommand = 127;

/**
 * Rows as a table: columns as wide as their widest cell, two spaces apart, nothing behind the last one.
 * Width is counted in code points, as Consul does. Ends with a newline unless there are no rows. Cells are shown as
 * `printable` does: they come from peers.
 */
export function formatTable(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, [...cell].length);
    }
  }
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0))).join('  '),
  );
  return lines.map((line) => `${line}\n`).join('');
}

function pad(cell: string, width: number): string {
  return cell + ' '.repeat(width - [...cell].length);
}

/** A value as indented JSON with a newline. */
export function formatJson(value: unknown, indent = 4): string {
  return `${JSON.stringify(value, undefined, indent)}\n`;
}
