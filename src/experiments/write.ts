// What an experiment leaves: its data as JSON lines, its verdicts, figures as SVG, and its page.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../runs/files.ts";
import { standaloneSvg } from "../runs/figures.ts";
import { version } from "../version.ts";
import type { Data, Experiment, ExperimentResult, Verdict } from "./experiment.ts";
import { experimentPage, indexPage, type Made } from "./page.ts";
import { plain } from "./prose.ts";

/** Writes an experiment's files into its folder. @throws RunError if the disk refuses */
export function writeExperiment(experiment: Experiment, result: ExperimentResult, data: Data, made: Made): void {
  const folder = join(made.out, experiment.name);
  mkdirSync(folder, { recursive: true });
  const write = (file: string, text: string) => writeFileAtomic(join(folder, file), text);
  write("data.jsonl", data.rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const { claims } = result;
  write(
    "verdicts.json",
    `${JSON.stringify({ name: result.name, quick: made.quick, polgrad: version, claims }, null, 2)}\n`,
  );
  const charts = experiment.charts(data).map((chart) => ({
    ...chart,
    wide: chart.draw({ width: 1040, height: 400 }),
    middle: chart.draw({ width: 600, height: 360 }),
    narrow: chart.draw({ width: 400, height: 330 }),
  }));
  for (const { name, title, draw } of charts)
    write(`${name}.svg`, standaloneSvg(draw({ width: 840, height: 380 }), title));
  write("index.html", experimentPage(experiment, result, data, charts, made));
}

/** Writes the index of the pages, and all verdicts as JSON and as a table. @throws RunError if the disk refuses */
export function writeIndex(results: readonly ExperimentResult[], made: Made): void {
  const experiments = results.map(({ name, claims }) => ({ name, claims }));
  const content = { quick: made.quick, polgrad: version, experiments };
  writeFileAtomic(join(made.out, "results.json"), `${JSON.stringify(content, null, 2)}\n`);
  writeFileAtomic(join(made.out, "verdicts.md"), verdictTable(results, made));
  writeFileAtomic(join(made.out, "index.html"), indexPage(results, made));
}

function verdictTable(results: readonly ExperimentResult[], { quick, command }: Made): string {
  const cell = (text: string) => plain(text).replaceAll("|", "\\|");
  const rows = results.flatMap(
    ({ name, place, claims }) =>
    claims.map(({ claim, verdict, measured }) => `| ${name} (${place}) | ${cell(claim)} | ${verdict} | ${cell(measured)} |`), // prettier-ignore
  );
  const count = (verdict: Verdict) =>
    results.flatMap(({ claims }) => claims).filter((claim) => claim.verdict === verdict).length;
  return `# Verdicts

${quick ? "Of the short protocol. " : ""}${count("supported")} claims are supported, ${count("not supported")} are not, ${count("inconclusive")} are inconclusive. Made by polgrad ${version} with \`npx ${command}\`.

| experiment | claim | verdict | measured |
| --- | --- | --- | --- |
${rows.join("\n")}
`;
}
