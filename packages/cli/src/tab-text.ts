/** How far a column is from the widest text of the one before. */
const padding = 6;

/**
 * Text whose cells end with tabs, as columns: a column reaches over neighbouring lines that have a cell there. Bytes in,
 * bytes out, since values are no text. Source: Go text/tabwriter with a padding of 6.
 */
export function alignTabs(text: Uint8Array): Uint8Array {
  const lines = Buffer.from(text).toString('latin1').split('\n');
  const cellsOfLines = lines.map((line) => line.split('\t'));
  // Go knows no empty cell at the very end: what stands before it is the last one, and is not widened.
  const atEnd = cellsOfLines.at(-1) ?? [];
  if (atEnd.length > 1 && atEnd.at(-1) === '') atEnd.pop();
  const rows = withColumns(cellsOfLines);
  const aligned = rows.map(({ cells, columns }) =>
    cells
      .map((cell, at) => {
        const column = columns[at];
        return column === undefined ? cell : cell + ' '.repeat(column.width + padding - widthOf(cell));
      })
      .join(''),
  );
  return Buffer.from(aligned.join('\n'), 'latin1');
}

/** The widest cell of a column. */
interface Column {
  width: number;
}

interface Row {
  readonly cells: readonly string[];
  /** For each cell but the last, the column that it is in. */
  readonly columns: readonly Column[];
}

function withColumns(rows: readonly (readonly string[])[]): readonly Row[] {
  let above: readonly Column[] = [];
  return rows.map((cells) => {
    const columns = cells.slice(0, -1).map((cell, at) => {
      const column = above[at] ?? { width: 0 };
      column.width = Math.max(column.width, widthOf(cell));
      return column;
    });
    above = columns;
    return { cells, columns };
  });
}

/** In characters of the UTF-8 that the bytes are. */
function widthOf(cell: string): number {
  return [...Buffer.from(cell, 'latin1').toString()].length;
}
