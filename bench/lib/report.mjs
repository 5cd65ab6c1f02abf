// A report is a list of sections { title, notes: string[], head: string[], rows: string[][] }, shown in a terminal or as Markdown.

/** Columns padded to their widest cell; the first is aligned to the left, the others to the right. */
export function terminalTable(head, rows) {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)));
  const line = (row) => row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join("   ");
  return [line(head), widths.map((width) => "─".repeat(width)).join("   "), ...rows.map(line)].join("\n");
}

export function terminalReport(sections) {
  return sections
    .map(({ title, notes, head, rows }) => {
      const table = rows.length ? [terminalTable(head, rows), ""] : [];
      return [title, "═".repeat(title.length), ...table, ...notes, ""].join("\n");
    })
    .join("\n");
}

export function markdownReport(machine, sections) {
  const bullets = (lines) => lines.map((text) => `- ${text}`);
  const row = (cells) => `| ${cells.join(" | ")} |`;
  const tables = sections.flatMap(({ title, notes, head, rows }) => [
    `## ${title}`,
    "",
    ...(rows.length ? [row(head), row(head.map((_, i) => (i ? "---:" : "---"))), ...rows.map(row), ""] : []),
    ...(notes.length ? [...bullets(notes), ""] : []),
  ]);
  return ["# Benchmarks", "", "Made by `npm run bench`, on:", "", ...bullets(machine), "", ...tables].join("\n");
}
