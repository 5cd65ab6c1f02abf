// `npm run bench:rlhf`: the built-in case of RLHF as an experiment. What the weight β of the KL penalty does, over seeds;
// the same with reward models of fewer preferences, and with an adaptive β; and the best of n texts beside it.

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { reviews, trainRewardModel } from "../dist/index.js";
import { assertOneOf, carryOutAll, experimentOptions, positiveInteger, rounded, table } from "./lib/experiment.mjs";
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

const readOptions = () =>
  experimentOptions(
    help,
    {
      only: Object.keys(parts).join(","),
      betas: "0,0.03,0.1,0.3,1",
      seeds: "11-15",
      iterations: "100",
      svg: undefined,
    },
    (values) => {
      const only = values.only.split(",");
      for (const name of only) assertOneOf("--only", name, Object.keys(parts));
      const betas = values.betas.split(",").map(Number);
      if (!betas.every((beta) => beta >= 0))
        throw new Error(`--betas: "${values.betas}" must be numbers of at least 0`);
      return { only, betas, iterations: positiveInteger("--iterations", values.iterations) };
    },
  );

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

const short = (x, digits = 2) => rounded(x, digits);
const within = ({ mean, halfWidth }, digits = 2) => `${short(mean, digits)}${Number.isFinite(halfWidth) ? ` ± ${short(halfWidth, digits)}` : ""}`; // prettier-ignore

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
  const { only, betas, seeds, iterations, jobs, json } = given;
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
  const folder = mkdtempSync(path.join(os.tmpdir(), "polgrad-rlhf-"));
  let results;
  try {
    results = await carryOutAll(all, {
      ...{ keyOf, jobs, json },
      carryOut: (one, core) =>
        carryOutApart({ ...one, rewardFile: one.pairs && path.join(folder, `${one.pairs}.json`) }, core),
      tell: (one) => one.part === "best-of-n" ? one.part : `${one.part}, ${nameOf(one)}, β ${one.beta}, seed ${one.seed}: truth ${short(one.truth)}, KL ${short(one.kl, 1)} in ${one.seconds.toFixed(0)} s`, // prettier-ignore
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
  const text = describe(results, given);
  console.log(text);
  if (given.markdown) writeFileSync(given.markdown, `${text}\n`);
  if (given.svg) writeFileSync(given.svg, overOptimizationFigure(results));
}

await main();
