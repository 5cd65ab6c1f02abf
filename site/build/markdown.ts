// Markdown as HTML: the guide, and what the library's docstrings say.

import MarkdownIt from "markdown-it";
import { escapeHtml } from "./source.ts";

const markdown = new MarkdownIt({ html: false, linkify: false });

/** Blocks of code can be scrolled, by keyboard too. */
markdown.renderer.rules.fence = (tokens, i) =>
  `<pre tabindex="0" role="group" aria-label="Code"><code class="block">${escapeHtml(tokens[i].content)}</code></pre>`;
markdown.renderer.rules.code_block = markdown.renderer.rules.fence;
markdown.renderer.rules.table_open = () => '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>';
markdown.renderer.rules.table_close = () => "</table></div>";

/** What a heading is linked to by. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

/** A document whose headings have ids; links to files that the site does not have are left out, and their words stay. */
export function renderDocument(text: string): string {
  const tokens = markdown.parse(text, {});
  tokens.forEach((token, i) => {
    if (token.type === "heading_open") token.attrSet("id", slug(tokens[i + 1].content.replace(/[`*]/g, "")));
    if (token.type !== "inline") return;
    const kept: typeof token.children = [];
    let isOut = false;
    for (const child of token.children!) {
      const href = child.attrGet("href");
      if (child.type === "link_open" && href !== null && !/^(#|https?:)/.test(href)) isOut = true;
      else if (child.type === "link_close" && isOut) isOut = false;
      else kept.push(child);
    }
    token.children = kept;
  });
  return markdown.renderer.render(tokens, markdown.options, {});
}

/** A docstring; {@link names} become code. */
export const renderDocstring = (text: string): string =>
  markdown.render(text.replace(/\{@link\s+([^}|\s]+)[^}]*\}/g, "`$1`"));
