// The table beside each figure: the same numbers for those who cannot see it, or want them exactly.

/** Fills the body of a table; rows stay where they are, so that nothing jumps while numbers change. */
export function fillTable(table: HTMLTableElement, rows: readonly (readonly string[])[]): void {
  const body = table.tBodies[0] ?? table.createTBody();
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach((cells, i) => {
    const row = body.rows[i] ?? body.insertRow();
    cells.forEach((text, k) => {
      let cell = row.cells[k];
      if (!cell) {
        cell = document.createElement(k === 0 ? "th" : "td");
        if (k === 0) cell.scope = "row";
        row.append(cell);
      }
      if (cell.textContent !== text) cell.textContent = text;
    });
  });
}
