// `npm run bench:learning`: how reliably each algorithm learns CartPole-v1 with its preset. One run per seed, one after
// another; it counts when the mean of the last 100 returns first reaches the goal. Exits with 1 where a goal is missed.

import { writeFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { createTraining, presets } from "../dist/index.js";

const env = "CartPole-v1";

/** What must be reached, by when (in steps or episodes of the run), on how many of 10 seeds; no `of10`: for comparison. */
const programs = [
  { name: "ppo", algorithm: "ppo", goal: 475, by: "step", within: 100_000, of10: 9 },
  { name: "trpo", algorithm: "trpo", goal: 475, by: "step", within: 100_000, of10: 9 },
  { name: "reinforce, learned baseline", algorithm: "reinforce", goal: 195, by: "episode", within: 2000, of10: 9 },
  ...["constant", "none"].map((baseline) => ({
    name: `reinforce, baseline ${baseline}`,
    algorithm: "reinforce",
    options: { baseline },
    goal: 195,
    by: "episode",
    within: 2000,
  })),
  { name: "actor-critic", algorithm: "actor-critic", goal: 195, by: "step", within: 50_000, of10: 9 },
  { name: "a2c", algorithm: "a2c", goal: 475, by: "step", within: 500_000, of10: 8 },
];

const help = `npm run bench:learning -- [options]
  --only LIST        some of ${[...new Set(programs.map((p) => p.algorithm))].join(",")} (default: all)
  --seeds RANGES     sets of seeds (default 1-10); 1-10,101-110 gives a table for each
  --markdown FILE    write the tables as Markdown too`;

function usage(message) {
  console.error(`${message}\n\n${help}`);
  process.exit(2);
}

function readOptions() {
  const string = (value) => ({ type: "string", default: value });
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        only: string(programs.map((p) => p.algorithm).join(",")),
        seeds: string("1-10"),
        markdown: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    usage(error.message);
  }
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  const only = values.only.split(",");
  const unknown = only.find((name) => !programs.some((p) => p.algorithm === name));
  if (unknown !== undefined) usage(`--only: unknown algorithm "${unknown}"`);
  const sets = values.seeds.split(",").map((text) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
    if (first === undefined || +last < +first) usage(`--seeds: "${text}" is not a range of seeds, such as 1-10`);
    return Array.from({ length: last - first + 1 }, (_, i) => Number(first) + i);
  });
  return { chosen: programs.filter((p) => only.includes(p.algorithm)), sets, markdown: values.markdown };
}

/** One training from start to end: when it reached the goal, or null, and how it ended. */
async function learn({ algorithm, options, goal, by, within }, seed) {
  const start = performance.now();
  const training = await createTraining(algorithm, { env, seed, ...options });
  const returns = [];
  let episodes = 0;
  let reached = null;
  while (!training.done) {
    for (const episode of training.update().finished) {
      episodes++;
      returns.push(episode.return);
      if (returns.length > 100) returns.shift();
      const at = by === "step" ? episode.step : episodes;
      if (reached === null && returns.length === 100 && mean(returns) >= goal && at <= within) reached = at;
    }
  }
  if (goal === training.rewardThreshold && reached !== null && training.solvedAtStep !== reached)
    throw new Error(`${algorithm}, seed ${seed}: reached at ${reached}, but solvedAtStep is ${training.solvedAtStep}`);
  return { reached, final: training.meanReturn100, seconds: (performance.now() - start) / 1000 };
}

const mean = (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const whole = (x) => Math.round(x).toLocaleString("en-US");
const describeReached = (x) => (x === null ? "–" : whole(x));

/** Rows of texts as a Markdown table with aligned columns: readable on a terminal as well. */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  return [line(rows[0]), `| ${widths.map((w) => "-".repeat(w)).join(" | ")} |`, ...rows.slice(1).map(line)].join("\n");
}

/** One set of seeds: each algorithm in a row, then each seed in a row. */
function describeSet(seeds, results) {
  const summary = [["algorithm", "goal", "reached", "median (range)", "mean return at the end (lowest)", "s per run"]];
  for (const { program, runs } of results) {
    const reached = runs.map((r) => r.reached).filter((x) => x !== null);
    const range = reached.length ? `${whole(Math.min(...reached))}–${whole(Math.max(...reached))}` : "";
    const finals = runs.map((r) => r.final);
    summary.push([
      program.name,
      `${program.goal} within ${whole(program.within)} ${program.by}s`,
      `${reached.length} of ${runs.length}`,
      reached.length ? `${program.by} ${whole(median(reached))} (${range})` : "–",
      `${mean(finals).toFixed(1)} (${Math.min(...finals).toFixed(1)})`,
      median(runs.map((r) => r.seconds)).toFixed(1),
    ]);
  }
  const bySeed = [["seed", ...results.map(({ program }) => program.name)]];
  seeds.forEach((seed, i) =>
    bySeed.push([
      String(seed),
      ...results.map(({ runs }) => `${describeReached(runs[i].reached)} (${runs[i].final.toFixed(1)})`),
    ]),
  );
  const title = `Seeds ${seeds[0]} to ${seeds.at(-1)}`;
  const legend = "Each seed: the step or episode at which the goal was reached, and the mean of the last 100 returns.";
  return [`### ${title}`, table(summary), legend, table(bySeed)].join("\n\n");
}

function describePresets(chosen) {
  const names = [...new Set(chosen.map((p) => p.algorithm))];
  return table(
    [["preset", "what differs from the defaults"]].concat(
      names.map((name) => [
        name,
        Object.entries(presets[name][env])
          .map(([key, value]) => `${key} ${Array.isArray(value) ? `[${value}]` : value}`)
          .join(", "),
      ]),
    ),
  );
}

const { chosen, sets, markdown } = readOptions();
const sections = [];
let missed = 0;
for (const seeds of sets) {
  const results = [];
  for (const program of chosen) {
    const runs = [];
    for (const seed of seeds) {
      const run = await learn(program, seed);
      runs.push(run);
      console.error(
        `${program.name}, seed ${seed}: ${program.goal} at ${program.by} ${describeReached(run.reached)}, ` +
          `at the end ${run.final.toFixed(1)}, ${run.seconds.toFixed(1)} s`,
      );
    }
    results.push({ program, runs });
    const share = runs.filter((r) => r.reached !== null).length / runs.length;
    if (program.of10 !== undefined && share < program.of10 / 10) {
      missed++;
      console.error(`${program.name} missed its goal: ${program.of10} of 10 seeds`);
    }
  }
  sections.push(describeSet(seeds, results));
}
const machine = `${os.cpus()[0]?.model.trim() ?? "unknown processor"} (${os.arch()}), Node ${process.version}`;
const report = [...sections, describePresets(chosen), `Measured on ${machine}.`].join("\n\n") + "\n";
console.log(report);
if (markdown) writeFileSync(markdown, report);
process.exitCode = missed ? 1 : 0;
