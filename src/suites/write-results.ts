// What a benchmark writes in addition to its runs: tables, figures and a report.

import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../runs/files.ts";
import { fileNameOf } from "../text/names.ts";
import { version } from "../version.ts";
import { suiteFiles } from "./folder.ts";
import { method } from "./method.ts";
import { byEnv, type CollectedJob, type JobResult } from "./results.ts";
import { about, type Suite } from "./suite.ts";
import {
  curvesCsv,
  finalRows,
  jobsCsv,
  learningRows,
  markdownText,
  markdownTable,
  optionRows,
  seedRows,
  seedsCsv,
  sourceLinks,
} from "./tables.ts";

/**
 * Writes results.md, results.json, results.csv, seeds.csv, curves.csv, figures/*.svg and report.html.
 *
 * @throws RunError if the disk refuses
 */
export async function writeResults(
  out: string,
  suite: Suite,
  jobs: readonly CollectedJob[],
  atATime: number,
): Promise<void> {
  const files = suiteFiles(out);
  const results = jobs.map(({ result }) => result);
  const content = { suite: suite.name, summary: suite.summary, polgrad: version, jobs: results };
  writeFileAtomic(files.results, `${JSON.stringify(content, null, 2)}\n`);
  writeFileAtomic(files.csv, jobsCsv(results));
  writeFileAtomic(files.seedsCsv, seedsCsv(results));
  writeFileAtomic(files.curvesCsv, curvesCsv(jobs));

  // Plot loads where there is something to draw.
  const [{ curvesFigure, finalFigure }, { suiteReport }, { standaloneSvg }] = await Promise.all([
    import("./figures.ts"),
    import("./report.ts"),
    import("../runs/figures.ts"),
  ]);
  const drawn: { env: string; curves: string; finals: string }[] = [];
  const kept = new Set<string>();
  for (const [env, ofEnv] of byEnv(jobs)) {
    const name = fileNameOf(env);
    const write = (file: string, svg: string, title: string) => {
      kept.add(file);
      writeFileAtomic(join(files.figures, file), standaloneSvg(svg, title));
    };
    const [curves, finals] = [`${name}-curves.svg`, `${name}-final.svg`];
    write(curves, curvesFigure(ofEnv, { width: 840, height: 380 }), `Learning curves on ${env}`);
    write(finals, finalFigure(ofEnv, 840), `Final evaluations on ${env}`);
    drawn.push({ env, curves, finals });
  }
  const isFigure = (name: string) => /-(curves|final)\.svg$/.test(name);
  for (const name of readdirSync(files.figures).filter(isFigure))
    if (!kept.has(name)) rmSync(join(files.figures, name)); // of an earlier suite
  writeFileAtomic(files.table, markdown(suite, results, drawn, atATime));
  writeFileAtomic(files.report, suiteReport(out, suite, jobs, atATime));
}

function markdown(
  suite: Suite,
  jobs: readonly JobResult[],
  figures: readonly { env: string; curves: string; finals: string }[],
  atATime: number,
): string {
  const failures = jobs.flatMap(({ name, env, failed }) =>
    failed.map(({ seed, error }) => markdownText(`- ${name} on ${env}, seed ${seed}: ${error.replaceAll("\n", " ")}`)),
  );
  const links = sourceLinks(jobs);
  const sections = [
    `# ${suite.name}`,
    ...(suite.summary === "" ? [] : [markdownText(about(suite))]),
    "## Final evaluation",
    markdownTable(finalRows(jobs)),
    ...(links === "" ? [] : [links]),
    "## Learning",
    markdownTable(learningRows(jobs)),
    ...figures.flatMap(({ env, curves, finals }) => [
      `### ${markdownText(env)}`,
      `![${linkText(`Learning curves on ${env}`)}](figures/${curves})`,
      `![${linkText(`Final evaluations on ${env}`)}](figures/${finals})`,
    ]),
    "## Each seed",
    "Mean ± deviation over the episodes of the final evaluation, and the step at which training reached the goal.",
    // A column a job is readable up to so many; seeds.csv has all of them anyway.
    ...chunks(jobs, 6).map((some) => markdownTable(seedRows(some))),
    ...(failures.length === 0 ? [] : ["## Failures", failures.join("\n")]),
    "## Options",
    markdownTable(optionRows(jobs)),
    "## How it was measured",
    ...method(jobs, atATime),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** Text of others between brackets. */
const linkText = (text: string): string => markdownText(text).replace(/[[\]]/g, "\\$&");

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
