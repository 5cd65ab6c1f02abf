// `polgrad tune` beside a search by chance, at equal cost: the same steps of training for both, on environments without a
// preset, several times each. What counts is the mean return of what each search names, trained again with fresh seeds.
//
//   npm run build && node bench/search.mjs [--repetitions 5] [--budget 8] [--only forest,CartPole]
//
// --budget is the cost of each search in whole trainings. It prints a table for docs/learning.md.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makePlan, runSearch } from "../dist/bundle/node.js";
import carryOutTraining from "../dist/bundle/training-task.js";
import carryOut from "../dist/bundle/trial-task.js";

const { values } = parseArgs({
  options: {
    repetitions: { type: "string", default: "5" },
    budget: { type: "string", default: "8" },
    only: { type: "string" },
  },
});
const [repetitions, budget] = [values.repetitions, values.budget].map(Number);

/** What each is trained for, and the environment as a module, so that no preset applies. */
const cases = [
  { name: "forest", module: "../examples/forest.js", steps: 8_000 },
  { name: "CartPole", module: "./lib/without-preset.mjs", export: "cartPole", steps: 8_000 },
  { name: "Pendulum", module: "./lib/without-preset.mjs", export: "pendulum", steps: 15_000 },
];

const folder = mkdtempSync(join(tmpdir(), "polgrad-bench-search-"));
const scores = [];
try {
  for (const { name, module, steps, ...rest } of cases) {
    if (values.only && !values.only.split(",").includes(name)) continue;
    for (let seed = 1; seed <= repetitions; seed++) {
      const env = { module: new URL(module, import.meta.url).href, ...rest };
      const found = {};
      for (const how of ["parzen", "random"]) {
        const isChance = how === "random";
        const shared = { algorithm: "ppo", env, options: { totalSteps: steps }, proposals: how, seed };
        const plan = await makePlan({
          ...shared,
          ...(isChance ? { rungs: 1, seeds: [1] } : { rungs: 3, seeds: [1, 2] }),
        });
        const began = performance.now();
        const { finals, trials } = await runSearch(plan, {
          out: join(folder, `${name}-${how}-${seed}`),
          steps: budget * steps,
          jobs: 1, // in this process, which saves the start of as many
          carryOut,
          carryOutTraining,
          finalists: 1,
          freshSeeds: [101, 102, 103],
          finalEpisodes: 30,
        });
        // What the search names, not the best of it and the usual options: that is for the user to choose.
        const named = finals.find(({ trial }) => trial !== 0);
        const usual = finals.find(({ trial }) => trial === 0);
        found[how] = { score: named?.result.mean ?? usual.result.mean, usual: usual.result.mean, trials };
        console.error(name, seed, how, found[how], `${((performance.now() - began) / 1000).toFixed(0)} s`);
      }
      scores.push({ name, seed, steps, ...found });
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
const text = (list) => `${mean(list).toFixed(1)} (${list.map((x) => x.toFixed(0)).join(", ")})`;
console.log("| environment, steps | usual | by chance | `polgrad tune` | better in |\n| --- | --- | --- | --- | --- |");
for (const name of new Set(scores.map((one) => one.name))) {
  const own = scores.filter((one) => one.name === name);
  const better = own.filter(({ parzen, random }) => parzen.score > random.score).length;
  const cells = [
    `${name}, ${own[0].steps.toLocaleString("en-US")}`,
    mean(own.map(({ parzen }) => parzen.usual)).toFixed(1),
    text(own.map(({ random }) => random.score)),
    text(own.map(({ parzen }) => parzen.score)),
    `${better} of ${own.length}`,
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
