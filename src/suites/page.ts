// What the reports of benchmarks and of sweeps share: the figures at their head, and tables that scroll sideways.

import { markup, type Markup } from "../runs/markup.ts";
import { decimal } from "../text/numbers.ts";
import { shortCount } from "./tables.ts";

/** 1.2M, 12.3k; as it is below 10,000. */
export const roundCount = (value: number): string =>
  value >= 1e6 ? `${decimal(value / 1e6)}M` : value >= 10_000 ? `${decimal(value / 1e3)}k` : shortCount(value);

/** What matters most, in large type: a name, a value, and a note below it. */
export function headlineFigures(items: readonly (readonly string[])[]): Markup {
  const cells = items.map(
    ([name, value, note]) => markup`<div><dt>${name}</dt><dd>${value ?? ""}<small>${note ?? ""}</small></dd></div>`,
  );
  return markup`<dl class="headline">${cells}</dl>`;
}

/** Rows of texts as a table: the first is its head. @param numbersFrom the first column that is aligned right */
export function table(
  [header = [], ...rows]: readonly (readonly string[])[],
  { numbersFrom }: { numbersFrom: number },
): Markup {
  const lines = rows.map(
    ([name = "", ...cells]) =>
      markup`<tr><th scope="row">${name}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`,
  );
  return scrollingTable(header, lines, numbersFrom);
}

/**
 * A table that scrolls sideways where it is too wide.
 *
 * @param numbersFrom The first column that is aligned right.
 * @param last "sources" where the last column is text again.
 */
export function scrollingTable(
  header: readonly string[],
  rows: readonly Markup[],
  numbersFrom: number,
  last = "",
): Markup {
  const cells = header.map((text) => markup`<th scope="col">${text}</th>`);
  return markup`<div class="scroll"><table class="results from${numbersFrom} ${last}"><thead><tr>${cells}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** The style of tables, to follow `pageStyle`. */
export const tableStyle = `
.scroll{overflow-x:auto;margin:0 0 1rem}
.results{font-size:.9rem;min-width:100%;margin:0}
.results thead{display:table-header-group}
.results tbody{display:table-row-group}
.results tr{display:table-row}
.results th,.results td{padding:.5rem 1.4rem .5rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:normal}
.results th:last-child,.results td:last-child{padding-right:0}
.results thead th{font-size:.8rem;white-space:nowrap}
.results tbody th{color:var(--ink);font-weight:600;white-space:nowrap}
.results tbody th+td{white-space:nowrap}
.about+.scroll{margin-top:1rem}
.results td b{white-space:nowrap;font-weight:600}
.results small,.results th small{display:block;margin:0;padding:0;border:0;color:var(--muted);font-size:.78rem;font-weight:400;white-space:nowrap}
.results.from1 td,.results.from1 thead th:not(:first-child){text-align:right;white-space:nowrap}
.results.from2 td:nth-child(n+3),.results.from2 th:nth-child(n+3){text-align:right;white-space:nowrap}
.results.sources td:last-child,.results.sources thead th:last-child{text-align:left;white-space:normal}
.results small.reached{color:var(--goal)}
.results small.missed,.results td.missed{color:var(--second)}
a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:2px}
.below{margin-top:1rem}
p{max-width:75ch}
li b{font-weight:600}
@media(max-width:640px){main{overflow-wrap:anywhere}}
`;
