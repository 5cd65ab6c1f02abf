// The experiments' results as a list: what was claimed, and what came of it.

import { readFileSync } from "node:fs";
import { formula } from "./formulas.ts";
import { escapeHtml } from "./source.ts";

interface Claim {
  readonly claim: string;
  readonly verdict: string;
  readonly measured: string;
}

/** Words with formulas between dollars. */
const withFormulas = (text: string): string =>
  text
    .split("$")
    .map((part, i) => (i % 2 === 1 ? formula(part) : escapeHtml(part)))
    .join("");

/** @param folder of results, which the site has as experiments/results/ */
export function experiments(folder: string): string {
  const { experiments } = JSON.parse(readFileSync(`${folder}/results.json`, "utf8")) as {
    experiments: { name: string; claims: Claim[] }[];
  };
  const items = experiments.map(({ name, claims }) => {
    const page = readFileSync(`${folder}/${name}/index.html`, "utf8");
    const title = /<h1[^>]*>([\s\S]*?)<\/h1>/.exec(page)?.[1].replace(/<[^>]+>/g, "") ?? name;
    const counts = [...new Set(claims.map(({ verdict }) => verdict))];
    const told = counts.map((verdict) => `${claims.filter((claim) => claim.verdict === verdict).length} ${verdict}`);
    const rows = claims.map(
      ({ claim, verdict, measured }) =>
        `<li><span class="verdict ${verdict.replaceAll(" ", "-")}">${verdict}</span> ${withFormulas(claim)} <span class="small">${withFormulas(measured)}</span></li>`,
    );
    return `<section><h2><a href="results/${name}/index.html">${title}</a></h2><details><summary>${told.join(", ")}</summary><ul class="claims">${rows.join("")}</ul></details></section>`;
  });
  return items.join("\n");
}
