// The page of an experiment, and the index of all: files without scripts, with nothing to fetch.

import { joined, markup, nothing, raw, type Markup } from "../runs/markup.ts";
import { duration, pageStyle } from "../runs/page.ts";
import { version } from "../version.ts";
import type { Chart } from "./charts.ts";
import { arc } from "./arc.ts";
import type { ClaimResult, Data, Experiment, ExperimentResult, Verdict } from "./experiment.ts";
import { phrases, prose } from "./prose.ts";

/** What pages say of how they were made. */
export interface Made {
  readonly out: string;
  readonly quick: boolean;
  readonly command: string;
}

/** A chart that is drawn. */
export interface Drawn extends Chart {
  readonly wide: string;
  readonly middle: string;
  readonly narrow: string;
}

/** The page of an experiment as text. */
export function experimentPage(
  { code, lesson, discussion, protocol }: Experiment,
  { title, place, question, claims, seconds }: ExperimentResult,
  data: Data,
  charts: readonly Drawn[],
  made: Made,
): string {
  const { trials, words } = protocol(made.quick);
  return page(
    title,
    markup`<header>
<p class="place"><a href="../index.html">The lecture, as experiments</a> · ${place}</p>
<h1>${title}</h1>
<p class="question">${phrases(question)}</p>
</header>
${quickNote(made)}
<section>
<h2>Verdicts</h2>
${claims.map(claimOf)}
</section>
<section class="text">
<h2>What it is about</h2>
${prose(lesson)}
</section>
<section>
<h2>What came out</h2>
${charts.map(figure)}
${discussion ? markup`<div class="text">${prose(discussion(data))}</div>` : nothing}
</section>
<section>
<h2>The code</h2>
${code.map((each) => markup`<p class="about"><code>src/${each.file}</code></p><pre><code>${each.code}</code></pre>`)}
</section>
<section class="text">
<h2>How it was done</h2>
${prose(words)}
<p>${trials.length} trial${trials.length === 1 ? "" : "s"}, ${duration(seconds)} of work. Intervals are of 95 %, by the
bootstrap over seeds. The data are in <a href="data.jsonl">data.jsonl</a>, a JSON object a line; the verdicts in
<a href="verdicts.json">verdicts.json</a>.</p>
${commandOf(made)}
</section>`,
  );
}

/** The index of all pages as text: the lecture's arc, one change at a time. */
export function indexPage(results: readonly ExperimentResult[], made: Made): string {
  const all = results.flatMap(({ claims }) => claims);
  const count = (verdict: Verdict) => all.filter((claim) => claim.verdict === verdict).length;
  const cells = [
    ["Experiments", results.length],
    ["Supported", count("supported")],
    ["Not supported", count("not supported")],
    ["Inconclusive", count("inconclusive")],
  ].map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`);
  return page(
    "The lecture, as experiments",
    markup`<header>
<h1>The lecture, as experiments</h1>
<p class="question">From the policy gradient theorem to PPO and RLHF, one change at a time: what each step claims, and what
data say of it.</p>
</header>
${quickNote(made)}
<dl class="headline">${cells}</dl>
${joined(
  results.map(
    ({ name, title, place, question, claims }) => markup`<section>
<p class="place">${place}</p>
<h2><a href="${name}/index.html">${title}</a></h2>
<div class="text"><p>${phrases(arc[name] ?? question)}</p></div>
${claims.map(claimOf)}
</section>`,
  ),
  "\n",
)}
<section class="text">
<h2>How it was done</h2>
${commandOf(made)}
</section>`,
  );
}

const quickNote = ({ quick }: Made): Markup =>
  quick
    ? markup`<p class="note">This is the short protocol, for trying out: few seeds, short trainings. What takes more seeds is
inconclusive here. Without <code>--quick</code> the full one runs.</p>`
    : nothing;

const marks: Readonly<Record<Verdict, string>> = { supported: "✓", "not supported": "✗", inconclusive: "?" };

const claimOf = ({ claim, verdict, measured, threshold }: ClaimResult): Markup =>
  markup`<div class="claim ${verdict.replace(" ", "-")}"><p class="verdict">${marks[verdict]} ${verdict}</p>
<div><p class="sentence">${phrases(claim)}</p><p class="measured">${phrases(measured)}</p>
<p class="threshold">${phrases(threshold)}</p></div></div>`;

const figure = ({ title, caption, wide, middle, narrow }: Drawn): Markup =>
  joined(
    (
      [
        ["wide", wide],
        ["middle", middle],
        ["narrow", narrow],
      ] as const
    ).map(
      ([width, svg]) =>
        markup`<figure class="${width}"><figcaption><h3>${phrases(title)}</h3><p>${phrases(caption)}</p></figcaption>${raw(svg)}</figure>`,
    ),
    "\n",
  );

const commandOf = ({ command }: Made): Markup =>
  markup`<p class="command">Made by polgrad ${version} with<code>npx ${command}</code></p>`;

const page = (title: string, body: Markup): string =>
  markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${raw(pageStyle)}${raw(ownStyle)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`.text;

const ownStyle = `
main{max-width:1040px}
.place{color:var(--muted);margin:0 0 .4rem;font-size:.9rem}
.question{font-size:1.15rem;max-width:62ch;margin:.5rem 0 0}
.note{border-left:3px solid var(--second);padding:.2rem 0 .2rem .9rem;color:var(--muted);max-width:75ch}
.text p{max-width:72ch}
.formula{margin:1rem 0;overflow-x:auto;overflow-y:hidden}
math{font-size:1.06em}
.claim{display:grid;grid-template-columns:8.5rem 1fr;gap:0 1.2rem;border-top:1px solid var(--line);padding:.8rem 0}
.claim p{margin:0}
.claim .verdict{font-weight:600;font-size:.92rem;padding-top:.1rem}
.supported .verdict{color:var(--goal)}
.not-supported .verdict{color:var(--second)}
.inconclusive .verdict{color:var(--muted)}
.claim .sentence{max-width:75ch}
.claim .measured,.claim .threshold{color:var(--muted);font-size:.88rem;margin-top:.2rem;max-width:85ch;overflow-wrap:anywhere}
.claim .measured{color:var(--ink)}
figure+figure{margin-top:1rem}
figure.narrow+figure.wide{margin-top:1rem}
pre{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;overflow-x:auto;line-height:1.45;font-size:.85rem}
a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:2px}
@media(max-width:640px){.claim{grid-template-columns:1fr}}
`;
