// Lines of the library's own source, as they are when the site is built.

import { readFileSync } from "node:fs";

/** A piece of a file, and which of its lines belong to which term of a formula. */
export interface Piece {
  /** Within src/. */
  readonly file: string;
  /** What the first line holds; the last one is the next that holds `to`. */
  readonly from: string;
  readonly to: string;
  /** By the name of a term, what its lines hold. */
  readonly terms: ReadonlyMap<string, readonly string[]>;
}

export const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const words = /\b(export|function|const|let|for|return|if|else|yield|while|new|import|from)\b/g;

function coloured(line: string): string {
  const comment = /^(\s*)(\/\/|\/?\*)/.test(line) ? 0 : line.indexOf("// ");
  if (comment === 0) return `<i>${escapeHtml(line)}</i>`;
  const [code, note] = comment < 0 ? [line, ""] : [line.slice(0, comment), line.slice(comment)];
  return escapeHtml(code).replace(words, "<b>$1</b>") + (note ? `<i>${escapeHtml(note)}</i>` : "");
}

/** @throws if the library no longer has these lines: the page would show what is not there */
export function sourceLines(library: string, { file, from, to, terms }: Piece): string {
  const lines = readFileSync(`${library}src/${file}`, "utf8").split("\n");
  const first = lines.findIndex((line) => line.includes(from));
  const last = lines.findIndex((line, i) => i >= first && line.includes(to));
  if (first < 0 || last < 0)
    throw new Error(`src/${file} has no piece from ${JSON.stringify(from)} to ${JSON.stringify(to)}`);
  const piece = lines.slice(first, last + 1);
  const indent = Math.min(...piece.filter((line) => line.trim()).map((line) => line.search(/\S/)));
  const lit = piece.map(() => [] as string[]);
  for (const [term, holds] of terms)
    for (const text of holds) {
      const found = piece.flatMap((line, i) => (line.includes(text) ? [i] : []));
      if (found.length === 0) throw new Error(`src/${file}: no line of the piece holds ${JSON.stringify(text)}`);
      for (const i of found) lit[i].push(term);
    }
  const html = piece.map((line, i) => {
    const data = lit[i].length > 0 ? ` data-term="${lit[i].join(" ")}"` : "";
    return `<span class="line"${data}>${coloured(line.slice(indent)) || " "}</span>`;
  });
  return (
    `<figure class="source"><figcaption>src/${file}, lines ${first + 1}–${last + 1}</figcaption>` +
    `<pre tabindex="0" role="region" aria-label="Source code of src/${file}"><code>${html.join("")}</code></pre></figure>`
  );
}
