// Pages are written without what all have alike: this puts it around them, and in place of a few tags what they stand for.
//
//   <tex>…</tex>, <tex-block>…</tex-block>   a formula
//   <terms>name | formula | words …</terms>  the terms of a formula, to be lit
//   <library-source file from to>            lines of the library; its content names their terms, name: text
//   <transport></transport>                  the buttons of a run

import { existsSync, readFileSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import type { Plugin } from "vite";
import { experiments } from "./experiments.ts";
import { renderDocument } from "./markdown.ts";
import { reference } from "./reference.ts";
import { escapeHtml, sourceLines } from "./source.ts";
import { formula } from "./formulas.ts";

/** What the navigation leads to, in order. */
const places = [
  ["scenes/", "Scenes"],
  ["lab/", "Lab"],
  ["experiments/", "Experiments"],
  ["guide/", "Guide"],
  ["reference/", "Reference"],
] as const;

/** The live scenes, by their numbers in the lecture; and the experiment that measures what each one shows. */
export const scenes = [
  ["theorem", 2, "The policy gradient theorem", "policy-gradient-theorem"],
  ["baselines", 5, "Baselines", "baselines"],
  ["gae", 10, "Generalized advantage estimation", "gae-lambda"],
  ["ppo", 12, "PPO", "ppo-objective"],
] as const;

/** The end of a scene: its claims over many seeds, and the scenes before and after it. */
function between(name: string, base: string): string {
  const at = scenes.findIndex(([scene]) => scene === name);
  if (at < 0) return "";
  const link = (scene: (typeof scenes)[number] | undefined, words: string): string =>
    scene ? `<a href="${base}scenes/${scene[0]}/">${words}: ${scene[2]}</a>` : "";
  return (
    `<nav class="between" aria-label="On from here">${link(scenes[at - 1], "Before")}` +
    `<a href="${base}experiments/results/${scenes[at][3]}/index.html">Measured over many seeds</a>${link(scenes[at + 1], "Next")}</nav>`
  );
}

interface Head {
  readonly title: string;
  readonly description: string;
  /** The module of the page, beside it. */
  readonly script?: string;
  /** What its worker runs, where it is live. */
  readonly simulation?: string;
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries(Array.from(text.matchAll(/([\w-]+)="([^"]*)"/g), ([, name, value]) => [name, value]));
}

/** Replaces `<name attributes>content</name>`. */
const replaceTag = (html: string, name: string, by: (content: string, attributes: Record<string, string>) => string) =>
  html.replace(
    new RegExp(`<${name}((?:\\s[^>]*)?)>([\\s\\S]*?)</${name}>`, "g"),
    (_, attributes: string, content: string) => by(content, attributesOf(attributes)),
  );

const unescape = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const terms = (content: string): string => {
  const items = content
    .trim()
    .split("\n")
    .map((line) => {
      const [name, tex, words] = line.split(" | ").map((part) => part.trim());
      return `<li><button type="button" data-term="${name}" aria-pressed="false"><span class="symbol">${formula(tex)}</span> <span>${words}</span></button></li>`;
    });
  return `<ul class="terms" aria-label="Terms of the formula: each lights its line of the source and its mark in the figure">${items.join("")}</ul>`;
};

/** A question before the run: lines of wrong (-) and right (+) guesses, and what is said afterwards (=). */
const predict = (content: string, { question }: Record<string, string>): string => {
  const name = `guess-${question.length}`;
  const lines = content
    .trim()
    .split("\n")
    .map((line) => line.trim());
  const guesses = lines
    .filter((line) => !line.startsWith("="))
    .map(
      (line) =>
        `<label class="choice"><input type="radio" name="${name}" value="${line.startsWith("+") ? "right" : "wrong"}" /> <span>${line.slice(1).trim()}</span></label>`,
    );
  const answer = lines.find((line) => line.startsWith("="))!.slice(1);
  return `<form class="predict"><fieldset><legend>Predict first: ${question}</legend>${guesses.join("")}</fieldset><p class="answer" hidden><span class="verdict"></span>${answer}</p></form>`;
};

/** The formula again with the numbers of the run in it, for those who ask for them. */
const numbers = (content: string): string =>
  `<div class="with-numbers"><label class="choice"><input type="checkbox" data-numbers /> <span>Show numbers</span></label>` +
  `<div class="formula numbers" tabindex="0" role="img" aria-label="The formula with the numbers of the run, which the tables have too" hidden>${formula(content, true)}</div></div>`;

const commandLine =
  `<div class="cli"><pre tabindex="0" role="region" aria-label="Command"><code id="cli" data-cli></code></pre>` +
  `<button type="button" data-copy="#cli">Copy</button></div>`;

/** An empty table with these columns, which unfolds. */
const dataTable = (columns: string, id: string, label: string): string =>
  `<details><summary>Table: ${label}</summary><div class="scroll" tabindex="0" role="region" aria-label="${label}"><table id="${id}">` +
  `<thead><tr>${columns
    .trim()
    .split("|")
    .map((column) => `<th scope="col">${column.trim()}</th>`)
    .join("")}</tr></thead></table></div></details>`;

const transport = `<div class="transport" role="group" aria-label="The run">
  <button type="button" data-command="play" class="primary">Play</button>
  <button type="button" data-command="step">One step</button>
  <button type="button" data-command="rewind">Rewind</button>
  <p class="progress" data-progress>Loading the library …</p>
</div>
<p class="problem" role="alert" data-problem hidden></p>`;

/** @param piece the body's content, with the tags above @param base the way up to the site's root */
export function page(library: string, base: string, head: Head, piece: string, place?: string): string {
  let body = piece;
  body = replaceTag(body, "markdown-file", (_, { file }) => renderDocument(readFileSync(library + file, "utf8")));
  body = replaceTag(body, "library-reference", () => reference(library));
  body = replaceTag(body, "experiment-list", () => experiments(`${library}docs/lecture/results`));
  body = replaceTag(
    body,
    "tex-block",
    (text) =>
      `<div class="formula" tabindex="0" role="group" aria-label="Formula">${formula(unescape(text), true)}</div>`,
  );
  body = replaceTag(body, "tex", (text) => formula(unescape(text)));
  body = replaceTag(body, "terms", (text) => terms(unescape(text)));
  body = replaceTag(body, "predict", (text, attributes) => predict(text, attributes));
  body = replaceTag(body, "numbers", (text) => numbers(unescape(text)));
  body = replaceTag(body, "command-line", () => commandLine);
  body = replaceTag(body, "data-table", (text, { id, label }) => dataTable(text, id, label));
  body = replaceTag(body, "transport", () => transport);
  body = replaceTag(body, "library-source", (content, { file, from, to }) => {
    const lit = new Map<string, string[]>();
    for (const line of unescape(content).trim().split("\n").filter(Boolean)) {
      const at = line.indexOf(":");
      const name = line.slice(0, at).trim();
      lit.set(name, [...(lit.get(name) ?? []), line.slice(at + 1).trim()]);
    }
    return sourceLines(library, { file, from: unescape(from), to: unescape(to), terms: lit });
  });
  body = replaceTag(
    body,
    "scene-list",
    () =>
      `<ol class="scenes">${scenes.map(([name, number, title]) => `<li value="${number}"><a href="${base}scenes/${name}/"><span class="number">${number}</span> ${title}</a></li>`).join("")}</ol>`,
  );
  const links = places.map(
    ([to, text]) => `<a href="${base}${to}"${to === place ? ' aria-current="page"' : ""}>${text}</a>`,
  );
  const fonts =
    piece.includes("<tex") || piece.includes("<experiment-list") || piece.includes("<terms")
      ? ["Main-Regular", "Math-Italic"]
      : [];
  return `<!doctype html>
<html lang="en" data-base="${base}"${head.simulation ? ` data-simulation="${head.simulation}"` : ""}>
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="description" content="${escapeHtml(head.description)}" />
    <title>${escapeHtml(head.title)} · polgrad</title>
    <link rel="icon" href="data:," />
    ${head.simulation ? `<script type="module" src="${base}page/early.ts"></script>` : ""}
    <link rel="stylesheet" href="${base}page/style.css" />
    ${fonts.length > 0 ? `<link rel="stylesheet" href="${base}page/formulas.css" />` : ""}
    ${fonts.map((font) => `<link rel="preload" as="font" type="font/woff2" crossorigin href="${base}node_modules/katex/dist/fonts/KaTeX_${font}.woff2" />`).join("")}
  </head>
  <body>
    <a class="skip" href="#main">Skip to the content</a>
    <header class="site"><a class="name" href="${base}">polgrad</a><nav aria-label="Site">${links.join("")}</nav></header>
    <main id="main">${body}${head.simulation ? between(head.simulation, base) : ""}</main>
    <footer><p>polgrad: policy gradients in TypeScript. Every number on these pages is computed by the library, here in your browser.</p></footer>
    <script type="module" src="${base}page/shell.ts"></script>
    ${head.script ? `<script type="module" src="${head.script}"></script>` : ""}
  </body>
</html>
`;
}

/** The plugin of Vite that makes pages of the files index.html. */
export function pages(library: string): Plugin {
  return {
    name: "polgrad-pages",
    transformIndexHtml: {
      order: "pre",
      handler(html, { filename }) {
        const here = dirname(filename);
        const root = `${library}site`;
        const base = here === root ? "./" : `${relative(here, root).split(sep).join("/")}/`;
        const parts = /<page((?:\s[^>]*)?)>([\s\S]*)<\/page>/.exec(html);
        if (!parts) throw new Error(`${filename} holds no <page>`);
        const { title, description, script, simulation } = attributesOf(parts[1]);
        const folder = relative(root, here).split(sep)[0];
        const place = folder === "" ? undefined : `${folder}/`;
        return page(library, base, { title, description, script, simulation }, parts[2], place);
      },
    },
    configureServer(server) {
      // Sources of the library that pages show: a change shows at once.
      if (existsSync(`${library}src`)) server.watcher.add(`${library}src`);
    },
  };
}
