// Texts of pages: paragraphs apart by empty lines, `code`, *emphasis*, and formulas between dollars, which are MathML by
// the time polgrad is built, so that a page needs neither fonts nor scripts.

import { formulas } from "./formulas.generated.ts";
import { markup, raw, type Markup } from "../runs/markup.ts";

/** Paragraphs of text as markup. @throws Error for a formula that was not there when polgrad was built */
export const prose = (text: string): Markup[] =>
  text
    .replaceAll("\\`", "`") // as String.raw leaves it
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => {
      const whole = /^\$\$([^$]+)\$\$$/.exec(paragraph.trim());
      return whole
        ? markup`<div class="formula">${formula(whole[1], true)}</div>`
        : markup`<p>${phrases(paragraph.replace(/\s*\n\s*/g, " ").trim())}</p>`;
    });

/** A sentence or two as markup. */
export function phrases(text: string): Markup[] {
  return text.split(/(\$[^$]+\$|`[^`]+`|\*[^*]+\*)/).map((part) => {
    if (/^\$.+\$$/.test(part)) return formula(part.slice(1, -1), false);
    if (/^`.+`$/.test(part)) return markup`<code>${part.slice(1, -1)}</code>`;
    if (/^\*.+\*$/.test(part)) return markup`<em>${part.slice(1, -1)}</em>`;
    return markup`${part}`;
  });
}

function formula(tex: string, isBlock: boolean): Markup {
  const found = formulas[`${isBlock ? "block" : "inline"} ${tex.replace(/\s+/g, " ").trim()}`];
  if (found === undefined) throw new Error(`the formula ${tex} is not typeset: run \`npm run build:pages\``);
  return raw(found);
}

const words: Readonly<Record<string, string>> = {
  lambda: "λ", gamma: "γ", pi: "π", theta: "θ", delta: "δ", sigma: "σ", mu: "μ", rho: "ρ", epsilon: "ε", varepsilon: "ε",
  beta: "β", alpha: "α", nabla: "∇", log: "log ", ge: "≥", le: "≤", cdot: "·", tau: "τ", sqrt: "√", infty: "∞", to: "→", neq: "≠", approx: "≈", times: "×", in: "∈", sum: "Σ", min: "min", max: "max", pm: "±", mid: "|", bigl: "", bigr: "",
}; // prettier-ignore

/** A text of one paragraph as a terminal shows it: formulas in letters of theirs, without marks of emphasis. */
export const plain = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .replace(/\$+([^$]+)\$+/g, (_, tex: string) =>
      tex
        .replace(/\\t?frac12/g, "½")
        .replace(/\\t?frac\{([^{}]*)\}\{([^{}]*)\}/g, "($1)/($2)")
        .replace(/\\(hat|mathbb|mathrm|text|operatorname|bar|tilde)\s*/g, "")
        .replace(/\\nabla\s+/g, "∇")
        .replace(/\\([a-zA-Z]+)/g, (_, name: string) => words[name] ?? name)
        .replace(/log\s+/g, "log ")
        .replace(/\\[,;!]/g, " ")
        .replace(/[{}]/g, ""),
    )
    .replace(/ +/g, " ")
    .replace(/\*([^*]+)\*/g, "$1")
    .replace(/`/g, "");
