// `npm run bench:defaults`: what the defaults learn, on environments that have no preset because they come from a
// factory, with nothing given but the length of the run and the seed. One run per task and seed, in processes of their
// own; a run's result is the mean of its last 100 training returns.

import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createTraining, optionsSchema } from "../dist/index.js";
import { assertOneOf, carryOutAll, experimentOptions, rounded, table } from "./lib/experiment.mjs";
import { makeTask, rank, sets } from "./lib/default-tasks.mjs";

/** Today's defaults with one of them as it was in version 0.1.0, for `--changes`. */
const formerly = {
  ppo: {
    "no observations normalized": { normalizeObservations: false },
    "no rewards normalized": { normalizeRewards: false },
    "Gaussian clipped": { gaussian: "clipped" },
    "Gaussian squashed": { gaussian: "squashed" },
    "value clip 0.2": { valueClip: 0.2 },
    "entropy bonus 0.01": { entropyCoefficient: 0.01 },
    "4 environments × 128 steps, 4 minibatches": { envs: 4, rollout: 128, minibatches: 4 },
    "4 epochs": { epochs: 4 },
    "learning rate 2.5e-4": { learningRate: 2.5e-4 },
  },
};

const help = `npm run bench:defaults -- [options]
  --set NAME         ${Object.keys(sets).join(", ")} (default: table)
  --only REGEX       those tasks of the set whose names match
  --algorithm NAME   default: ppo
  --seeds A-B        default: 1-5
  --options JSON     options that are given after all, as '{"gamma": 0.95}'
  --changes          also with each default put back to what it was in 0.1.0, one at a time (ppo)
  --jobs N           processes at a time (default: 1); each is pinned to a core where taskset exists
  --sb3 FOLDER       also Stable-Baselines3 with its defaults, by FOLDER/sb3.py
  --python PATH      a Python that can import torch (default: /usr/bin/python3)
  --json FILE        every run in a line, appended; runs that are there are not run again
  --markdown FILE    the table as Markdown too`;

const readOptions = () =>
  experimentOptions(
    help,
    {
      ...{ set: "table", only: ".", algorithm: "ppo", seeds: "1-5", options: "{}", changes: false },
      ...{ sb3: undefined, python: "/usr/bin/python3" },
    },
    ({ set, algorithm }) => {
      assertOneOf("--set", set, Object.keys(sets));
      optionsSchema(algorithm); // which refuses an unknown algorithm
    },
  );

/** One training from start to end, in this process. */
async function train({ set, task: name, algorithm, options, seed }) {
  const task = sets[set].find((one) => one.name === name);
  const rewards = []; // of the last 20,000 steps, where there are no episodes
  const watch = task.unending && ((reward) => rewards.push(reward) > 40_000 && rewards.splice(0, 20_000));
  const envs = [];
  for (let i = 0; i < 64; i++) envs.push(await makeTask(task, watch));
  const begin = performance.now();
  const training = await createTraining(algorithm, {
    env: () => envs.shift(),
    totalSteps: task.steps,
    seed,
    ...options,
  });
  const returns = [];
  while (!training.done) for (const episode of training.update().finished) returns.push(episode.return / task.factor);
  const seconds = (performance.now() - begin) / 1000;
  training.close();
  const last = returns.slice(-task.last);
  const result = task.unending ? 1000 * mean(rewards.slice(-20_000)) : last.length > 0 ? mean(last) : null;
  return { mean: result, episodes: returns.length, seconds };
}

const run = promisify(execFile);
const here = fileURLToPath(import.meta.url);
/** The environments of the test set, for Python. */
const env = {
  ...process.env,
  PYTHONPATH: fileURLToPath(new URL("peers", import.meta.url)),
  PYTHONDONTWRITEBYTECODE: "1",
};
const pinned = (core, command, ...args) =>
  existsSync("/usr/bin/taskset")
    ? run("taskset", ["-c", String(core), command, ...args], { env })
    : run(command, args, { env });

/** The same in a process of its own. */
async function trainApart(one, core) {
  if (one.by === "polgrad") {
    const { stdout } = await pinned(core, process.execPath, here, "--one", JSON.stringify(one));
    return JSON.parse(stdout);
  }
  const { id, python: port, steps } = sets[one.set].find(({ name }) => name === one.task);
  const args = [one.algorithm, port ?? id, "--steps", String(steps), "--envs", "1", "--seed", String(one.seed)];
  const { stdout } = await pinned(core, one.python, `${one.folder}/sb3.py`, ...args);
  // The unending environment tells its own result, in a line of its own.
  const [{ mean_last_100, wall_s }, own] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return { mean: own?.mean_last_100 ?? mean_last_100, episodes: null, seconds: wall_s };
}

const mean = (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** Half of the 95 % interval of a mean: Student's t. */
function halfWidth(numbers) {
  const t = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26][numbers.length - 2] ?? 2;
  const m = mean(numbers);
  return t * Math.sqrt(numbers.reduce((sum, x) => sum + (x - m) ** 2, 0) / (numbers.length - 1) / numbers.length);
}

const short = (x) => rounded(x, Math.abs(x) < 10 ? 2 : Math.abs(x) < 1000 ? 1 : 0);

function describe(results, tasks) {
  const rows = [["task", "steps", "with", "mean [95 %]", "seeds", "rank", "seconds"]];
  const variants = [...new Set(results.map(({ variant }) => variant))];
  for (const task of tasks)
    for (const variant of variants) {
      const runs = results.filter((r) => r.task === task.name && r.variant === variant && r.mean !== null);
      if (runs.length === 0) continue;
      const means = runs.map((r) => r.mean);
      const interval = means.length > 1 ? ` ± ${short(halfWidth(means))}` : "";
      rows.push([
        ...[task.name, task.steps.toLocaleString("en-US"), variant, `${short(mean(means))}${interval}`],
        ...[means.map(short).join(", "), mean(means.map((x) => rank(task, x))).toFixed(2)],
        mean(runs.map((r) => r.seconds)).toFixed(1),
      ]);
    }
  const overall = variants.map((variant) => {
    const runs = results.filter((r) => r.variant === variant && r.mean !== null);
    const ranks = runs.map((r) =>
      rank(
        tasks.find(({ name }) => name === r.task),
        r.mean,
      ),
    );
    return `${variant}: mean rank ${mean(ranks).toFixed(3)} over ${runs.length} runs`;
  });
  return `${table(rows)}\n\n${overall.join("\n")}`;
}

async function main() {
  const given = readOptions();
  if (given.one) return console.log(JSON.stringify(await train(JSON.parse(given.one))));
  const { set, algorithm, seeds, jobs, json } = given;
  const tasks = sets[set].filter(({ name }) => new RegExp(given.only).test(name));
  const variants = [["defaults", JSON.parse(given.options)]];
  if (given.changes) variants.push(...Object.entries(formerly[algorithm] ?? {}));
  const all = tasks.flatMap(({ name: task }) =>
    seeds.flatMap((seed) => [
      ...variants.map(([variant, options]) => ({ by: "polgrad", variant, set, task, algorithm, options, seed })),
      ...(given.sb3 ? [{ by: "sb3", variant: "Stable-Baselines3", set, task, algorithm, seed, folder: given.sb3, python: given.python }] : []), // prettier-ignore
    ]),
  );
  const keyOf = ({ variant, set, task, algorithm, seed }) => JSON.stringify([variant, set, task, algorithm, seed]);
  const results = await carryOutAll(all, {
    ...{ keyOf, jobs, json },
    carryOut: trainApart,
    tell: (one) => `${one.task}, ${one.variant}, seed ${one.seed}: ${one.mean === null ? "no episode" : short(one.mean)} in ${one.seconds.toFixed(1)} s`, // prettier-ignore
  });
  const text = describe(results, tasks);
  console.log(text);
  if (given.markdown) writeFileSync(given.markdown, `${text}\n`);
}

await main();
