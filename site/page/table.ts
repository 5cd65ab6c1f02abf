// The table beside each figure: the same numbers for those who cannot see it, or want them exactly.

type Rows = readonly (readonly string[])[];

/** What folded tables will have when they are unfolded. */
const waiting = new WeakMap<HTMLTableElement, Rows>();

/** Fills the body of a table, if it can be seen: as soon as it can, if not. */
export function fillTable(table: HTMLTableElement, rows: Rows): void {
  const details = table.closest("details");
  if (!details) return fill(table, rows);
  if (!waiting.has(table)) details.addEventListener("toggle", () => details.open && fill(table, waiting.get(table)!));
  waiting.set(table, rows);
  if (details.open) fill(table, rows);
}

/** Rows stay where they are, so that nothing jumps while numbers change. */
function fill(table: HTMLTableElement, rows: Rows): void {
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
