// `npm run bench:rlhf`: the built-in case of RLHF as an experiment. What the weight β of the KL penalty does, over seeds;
// the same with reward models of fewer preferences, and with an adaptive β; and the best of n texts beside it.

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { reviews, trainRewardModel } from "../dist/index.js";
import { overOptimizationFigure } from "./lib/rlhf-figure.mjs";

/** What is run of each part; a run is known by part, β and seed. */
const parts = {
  beta: { title: "β", variants: [{}] },
  pairs: { title: "preferences × β", variants: [{ pairs: 500 }, { pairs: 2000 }] },
  control: { title: "adaptive β", variants: [{ klControl: "adaptive", klHorizon: 1000 }] },
  "best-of-n": { title: "best of n", variants: [] },
};

const help = `npm run bench:rlhf -- [options]
  --only NAMES       parts, by commas: ${Object.keys(parts).join(", ")} (default: all)
  --betas LIST       weights β of the KL penalty (default: 0,0.03,0.1,0.3,1)
  --seeds A-B        default: 11-15
  --iterations N     of 128 texts (default: 100)
  --jobs N           processes at a time (default: 1); each is pinned to a core where taskset exists
  --json FILE        every run in a line, appended; runs that are there are not run again
  --markdown FILE    the tables as Markdown too
  --svg FILE         truth and reward against √KL as a figure`;

function readOptions() {
  const string = (value) => ({ type: "string", default: value });
  try {
    const { values } = parseArgs({
      options: {
        only: string(Object.keys(parts).join(",")),
        betas: string("0,0.03,0.1,0.3,1"),
        seeds: string("11-15"),
        iterations: string("100"),
        jobs: string("1"),
        json: { type: "string" },
        markdown: { type: "string" },
        svg: { type: "string" },
        one: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) {
      console.log(help);
      process.exit(0);
    }
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(values.seeds) ?? [];
    if (first === undefined) throw new Error(`--seeds: "${values.seeds}" is not a range of seeds, such as 11-15`);
    const only = values.only.split(",");
    const unknown = only.find((name) => !parts[name]);
    if (unknown !== undefined) throw new Error(`--only: "${unknown}" is none of ${Object.keys(parts).join(", ")}`);
    const betas = values.betas.split(",").map(Number);
    if (!betas.every((beta) => beta >= 0)) throw new Error(`--betas: "${values.betas}" must be numbers of at least 0`);
    const [iterations, jobs] = [values.iterations, values.jobs].map(Number);
    if (![iterations, jobs].every((n) => Number.isInteger(n) && n > 0)) throw new Error("--iterations and --jobs must be positive integers"); // prettier-ignore
    const seeds = Array.from({ length: last - first + 1 }, (_, i) => Number(first) + i);
    return { ...values, only, betas, seeds, iterations, jobs };
  } catch (error) {
    console.error(`${error.message}\n\n${help}`);
    return process.exit(2);
  }
}

/** One run from start to end, in this process: the numbers of `polgrad rlhf`, and its course. */
async function carryOut({ part, seed, beta, iterations, pairs, rewardFile, klControl, klHorizon }) {
  const models = await reviews.reviewsModels();
  if (part === "best-of-n") return reviews.reviewsBestOfN(models, { seed, prompts: 32, pool: 512 });
  if (rewardFile) models.reward = await smallRewardModel(models.sft, pairs, rewardFile);
  const begin = performance.now();
  const { samples, steps, ...run } = await reviews.runReviews({ models, seed, iterations, klCoefficient: beta, klControl, klHorizon }); // prettier-ignore
  return { ...run, accuracy: models.reward.accuracy, samples: samples.slice(0, 3), steps, seconds: (performance.now() - begin) / 1000 }; // prettier-ignore
}

/** A reward model of so many preferences; it is kept in a file for the runs that come after. */
async function smallRewardModel(sft, pairs, file) {
  if (!existsSync(file)) {
    const all = await reviews.samplePairs(sft, pairs, { seed: 3 });
    const heldOut = await reviews.samplePairs(sft, 2000, { seed: 4 });
    const { rewardModel, accuracy } = await trainRewardModel({ model: sft, pairs: all, heldOut, seed: 1 });
    const { model, headWeight, headBias } = rewardModel;
    const weights = Array.from(model.weights, ([name, values]) => [name, Array.from(values)]);
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, JSON.stringify({ weights, headWeight: Array.from(headWeight), headBias, accuracy }));
    renameSync(unfinished, file);
  }
  const { weights, headWeight, headBias, accuracy } = JSON.parse(readFileSync(file, "utf8"));
  const model = { ...sft, weights: new Map(weights.map(([name, values]) => [name, Float32Array.from(values)])) };
  return { model, headWeight: Float32Array.from(headWeight), headBias, accuracy };
}

const run = promisify(execFile);
const here = fileURLToPath(import.meta.url);

/** The same in a process of its own. */
async function carryOutApart(one, core) {
  const command = [process.execPath, here, "--one", JSON.stringify(one)];
  const pinned = existsSync("/usr/bin/taskset") ? ["taskset", "-c", String(core), ...command] : command;
  const { stdout } = await run(pinned[0], pinned.slice(1), { maxBuffer: 1 << 26 });
  return JSON.parse(stdout);
}

const short = (x, digits = 2) => x.toFixed(digits).replace("-", "−");
const within = ({ mean, halfWidth }, digits = 2) => `${short(mean, digits)}${Number.isFinite(halfWidth) ? ` ± ${short(halfWidth, digits)}` : ""}`; // prettier-ignore

/** Rows of texts as a Markdown table with aligned columns. */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  return [line(rows[0]), `| ${widths.map((w) => "-".repeat(w)).join(" | ")} |`, ...rows.slice(1).map(line)].join("\n");
}

const nameOf = ({ pairs, klControl }) => (pairs ? `${pairs} preferences` : klControl ? "adaptive β" : "as shipped");

function describe(results, { betas }) {
  const tables = [];
  const runs = results.filter((r) => r.part !== "best-of-n");
  const head = ["reward model", "β", "reward", "truth", "below its peak", "KL", "well-formed", "distinct", "seeds", "verdict"]; // prettier-ignore
  const rows = [head];
  for (const variant of [...new Set(runs.map(nameOf))])
    for (const beta of betas) {
      const own = runs.filter((r) => nameOf(r) === variant && r.beta === beta);
      if (own.length === 0) continue;
      const o = reviews.outcomeOf(own);
      rows.push([
        ...[variant, String(beta), within(o.proxy), within(o.truth), within(o.fall), within(o.kl, 1)],
        ...[within(o.wellFormed), within(o.distinct), String(o.seeds), o.verdict],
      ]);
    }
  if (rows.length > 1) tables.push(table(rows));
  const bests = results.filter((r) => r.part === "best-of-n");
  if (bests.length > 0) {
    const points = bests[0].points.map(({ n, kl }, i) => {
      const of = (measure) => short(bests.reduce((sum, { points }) => sum + points[i][measure], 0) / bests.length);
      return [String(n), short(kl), of("proxy"), of("truth"), of("wellFormed")];
    });
    tables.push(table([["n", "KL", "reward", "truth", "well-formed"], ...points]));
  }
  return tables.join("\n\n");
}

async function main() {
  const given = readOptions();
  if (given.one) return console.log(JSON.stringify(await carryOut(JSON.parse(given.one))));
  const { only, betas, seeds, iterations, json } = given;
  // Seed by seed, so that what is there after a while is of all β.
  const all = only.flatMap((part) =>
    part === "best-of-n"
      ? [{ part, seed: seeds[0] }]
      : seeds.flatMap((seed) =>
          parts[part].variants.flatMap((variant) =>
            betas
              .filter((beta) => beta > 0 || !variant.klControl) // 0 stays 0
              .map((beta) => ({ part, seed, beta, iterations, ...variant })),
          ),
        ),
  );
  const keyOf = ({ part, seed, beta, iterations, pairs, klControl }) => JSON.stringify([part, seed, beta, iterations, pairs, klControl]); // prettier-ignore
  const kept = json && existsSync(json) ? readFileSync(json, "utf8").trim().split("\n").map((line) => JSON.parse(line)) : []; // prettier-ignore
  const found = new Map(kept.map((result) => [keyOf(result), result]));
  const queue = all.filter((one) => !found.has(keyOf(one)));

  const folder = mkdtempSync(path.join(os.tmpdir(), "polgrad-rlhf-"));
  const work = async (core) => {
    for (let one = queue.shift(); one; one = queue.shift()) {
      const rewardFile = one.pairs && path.join(folder, `${one.pairs}.json`);
      const result = { ...one, ...(await carryOutApart({ ...one, rewardFile }, core)) };
      found.set(keyOf(one), result);
      const { part, seed, beta, truth, kl, seconds } = result;
      console.error(part === "best-of-n" ? part : `${part}, ${nameOf(one)}, β ${beta}, seed ${seed}: truth ${short(truth)}, KL ${short(kl, 1)} in ${seconds.toFixed(0)} s`); // prettier-ignore
      if (json) writeFileSync(json, `${JSON.stringify(result)}\n`, { flag: "a" });
    }
  };
  try {
    const cores = os.cpus().length;
    await Promise.all(Array.from({ length: given.jobs }, (_, i) => work((cores - 1 - i + cores) % cores)));
  } finally {
    rmSync(folder, { recursive: true });
  }
  const results = all.map((one) => found.get(keyOf(one)));
  const text = describe(results, given);
  console.log(text);
  if (given.markdown) writeFileSync(given.markdown, `${text}\n`);
  if (given.svg) writeFileSync(given.svg, overOptimizationFigure(results));
}

await main();
