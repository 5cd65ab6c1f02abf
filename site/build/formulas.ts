// Formulas, rendered while the site is built: pages load KaTeX's styles and fonts, and none of its code.

import katex from "katex";

/**
 * `\term{name}{…}` can be lit, with the mark in the figure and the line of the source that have the same name;
 * `\live{name}{…}` shows a number of the run in place of what stands there.
 */
const macros = {
  "\\term": "\\htmlData{term=#1}{#2}",
  "\\live": "\\htmlData{live=#1}{\\text{#2}}",
  "\\E": "\\operatorname{E}",
};

/** A formula as HTML, with MathML for those who listen. @throws if it is none */
export const formula = (text: string, displayMode = false): string =>
  katex.renderToString(text.trim(), {
    displayMode,
    macros: { ...macros },
    throwOnError: true,
    strict: (code: string) => (code === "htmlExtension" ? "ignore" : "error"),
    trust: ({ command }: { command: string }) => command === "\\htmlData",
  });
