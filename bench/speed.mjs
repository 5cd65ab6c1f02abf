// `npm run bench`: the speed of polgrad and its peers, in one run. Every program runs in a process of its own, on one core, in
// rounds A B C A B C …; the tables give medians over the rounds with their range, and ratios round by round.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { inRounds, pinning } from "./lib/children.mjs";
import { benchControl } from "./lib/control.mjs";
import { benchEnvironments } from "./lib/environments.mjs";
import { describeMachine } from "./lib/machine.mjs";
import { describeTorch, findPython, tuneTraining, tuneUpdate } from "./lib/pytorch.mjs";
import { markdownReport, terminalReport } from "./lib/report.mjs";
import { format, ratios, summarize } from "./lib/statistics.mjs";
import { writeUpdateData } from "./lib/update-data.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const node = process.execPath;
const parts = ["update", "training", "environments", "control"];

const help = `npm run bench -- [options]
  --only PARTS       some of ${parts.join(",")} (default: all)
  --rounds N         rounds of each comparison (default 3)
  --batches LIST     batch sizes of the update, at most 4096 (default 64,256,1024,4096)
  --seconds S        measured time of each process (default 1)
  --steps N          steps of each training (default 100000)
  --core N           the core to run on (default 0)
  --markdown FILE    write the report as Markdown too
$PYTHON names the Python that has PyTorch (default: /usr/bin/python3, then python3), $GYMNASIUM_PYTHON one that has
Gymnasium (default: the same).`;

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
        only: string(parts.join(",")),
        rounds: string("3"),
        batches: string("64,256,1024,4096"),
        seconds: string("1"),
        steps: string("100000"),
        core: string("0"),
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
  const integer = (name, text, low, high = Infinity) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < low || value > high)
      usage(
        `--${name}: "${text}" is not a whole number ${high < Infinity ? `from ${low} to ${high}` : `of at least ${low}`}`,
      );
    return value;
  };
  const only = values.only.split(",");
  const unknown = only.find((part) => !parts.includes(part));
  if (unknown !== undefined) usage(`--only: "${unknown}" is not one of ${parts.join(", ")}`);
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) usage(`--seconds: "${values.seconds}" is not a positive number`);
  return {
    only,
    seconds,
    rounds: integer("rounds", values.rounds, 1),
    batches: values.batches.split(",").map((text) => integer("batches", text, 1, 4096)),
    steps: integer("steps", values.steps, 512),
    core: integer("core", values.core, 0),
    markdown: values.markdown,
  };
}

const progress = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[2K${text}`);

function installPeers() {
  if (existsSync(here("node_modules/@jax-js/jax")) && existsSync(here("node_modules/@tensorflow/tfjs-layers"))) return;
  console.error("Installing what the benchmark compares with (bench/package.json, about 100 MB) …");
  const arguments_ = ["ci", "--prefix", here("."), "--no-audit", "--no-fund"];
  const { status } = spawnSync("npm", arguments_, {
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) console.error("npm failed: jax-js and TensorFlow.js are left out.");
}

/** Notes on the competitors that could not run. */
const leftOut = (results) =>
  [...results].filter(([, { failed }]) => failed).map(([name, { failed }]) => `${name}: left out (${failed})`);

/** Largest relative difference of loss and gradient norm to the first engine's; undefined with fewer than two engines. */
function disagreement(results) {
  const checks = [...results.values()].flatMap(({ rounds }) => rounds.slice(0, 1).map(({ check }) => check));
  if (checks.length < 2) return undefined;
  const relative = (a, b) => (Number.isFinite(a) ? Math.abs(a - b) / Math.max(Math.abs(b), 1e-8) : Infinity);
  return Math.max(
    ...checks.flatMap((check) =>
      check.flatMap(({ loss, gradientNorm }, i) => [
        relative(loss, checks[0][i].loss),
        relative(gradientNorm, checks[0][i].gradientNorm),
      ]),
    ),
  );
}

async function benchUpdate({ python, prefix, options }) {
  const data = mkdtempSync(join(tmpdir(), "polgrad-bench-"));
  try {
    progress("update: writing the data");
    writeUpdateData(data);
    const program = here("peers/ppo_update_torch.py");
    progress("update: trying PyTorch's settings");
    const torch = python && (await tuneUpdate(python, program, data, prefix));
    const section = {
      title: "One PPO minibatch update (two 4-64-64 tanh networks: forward, loss, backward, gradient clipping, Adam)",
      head: ["batch, engine", "ms per update", "times polgrad's"],
      rows: [],
      notes: [],
    };
    const notes = new Set();
    for (const batch of options.batches) {
      const flags = ["--data", data, "--batch", String(batch), "--seconds", String(options.seconds)];
      const pytorch = (variant) => ({ command: [python, program, ...flags, "--variant", variant], env: torch.env });
      const competitors = [
        { name: "polgrad", command: [node, here("polgrad/update.mjs"), ...flags] },
        ...(python ? [{ name: "PyTorch, tuned", ...pytorch("flat") }] : []),
        ...(python ? [{ name: "PyTorch, as usual", ...pytorch("plain") }] : []),
        { name: "jax-js", command: [node, here("peers/ppo_update_jax.mjs"), ...flags] },
        { name: "TensorFlow.js", command: [node, here("peers/ppo_update_tfjs.mjs"), ...flags] },
      ];
      const onRun = (name, round) =>
        progress(`update: batch ${batch}, round ${round + 1} of ${options.rounds}, ${name}`);
      const results = await inRounds(competitors, options.rounds, { prefix, onRun });
      const times = (name) => results.get(name).rounds.map(({ ms }) => ms);
      for (const [name, { rounds }] of results) {
        if (rounds.length === 0) continue;
        const ratio = name === "polgrad" ? "" : format(ratios(times(name), times("polgrad")), "×");
        section.rows.push([`${batch}, ${name}`, format(summarize(times(name))), ratio]);
        if (rounds[0].note) notes.add(`${name}: ${rounds[0].note}`);
      }
      for (const note of leftOut(results)) notes.add(note);
      const difference = disagreement(results);
      if (difference > 1e-4) process.exitCode = 1;
      if (difference !== undefined)
        notes.add(
          `batch ${batch}: loss and gradient norm of updates 1 and 11 ${difference > 1e-4 ? "DIFFER by" : "agree to"} ` +
            `${difference.toExponential(1)} (relative, largest between the engines)`,
        );
    }
    if (torch) notes.add(`PyTorch's settings: ${torch.description} (tried at 256 rows: ${torch.tried})`);
    if (python)
      notes.add(
        "PyTorch, as usual: nn.Sequential, clip_grad_norm_, torch.optim.Adam (foreach); tuned: parameters in one vector, addmm, Adam by hand",
      );
    else
      notes.add("PyTorch: left out (no Python with torch; Debian: apt-get install python3-torch libopenblas0-pthread)");
    section.notes = [...notes];
    return section;
  } finally {
    rmSync(data, { recursive: true });
  }
}

async function benchTraining({ python, prefix, options }) {
  const program = here("../../shared/peers/ppo_cartpole_torch.py");
  const notes = [];
  const flags = ["--steps", String(options.steps), "--seed", "1"];
  const competitors = [{ name: "polgrad", command: [node, here("polgrad/training.mjs"), ...flags] }];
  if (!python)
    notes.push("PyTorch: left out (no Python with torch; Debian: apt-get install python3-torch libopenblas0-pthread)");
  else if (!existsSync(program)) notes.push("PyTorch: left out (../shared/peers/ppo_cartpole_torch.py is not there)");
  else {
    progress("training: trying PyTorch's settings");
    const { env, description, tried } = await tuneTraining(python, program, prefix);
    notes.push(`PyTorch's settings: ${description} (tried on 8,192 steps: ${tried})`);
    competitors.push({ name: "PyTorch", command: [python, program, ...flags], env });
  }
  const onRun = (name, round) => progress(`training: round ${round + 1} of ${options.rounds}, ${name}`);
  const results = await inRounds(competitors, options.rounds, { prefix, onRun });
  const rates = (name) => results.get(name).rounds.map(({ steps_per_s }) => steps_per_s);
  const rows = [...results]
    .filter(([, { rounds }]) => rounds.length)
    .map(([name, { rounds }]) => [
      name,
      format(summarize(rates(name))),
      format(summarize(rounds.map(({ wall_s }) => wall_s))),
      format(summarize(rounds.map(({ mean_last_100 }) => mean_last_100))),
      name === "polgrad" ? "" : format(ratios(rates("polgrad"), rates(name)), "×"),
    ]);
  return {
    title: `PPO on CartPole-v1, ${options.steps.toLocaleString("en-US")} steps (4 × 128 steps, 4 epochs of 4 minibatches, two 4-64-64 networks)`,
    head: ["engine", "steps per second", "seconds", "mean of the last 100 returns", "polgrad is faster"],
    rows,
    notes: [...notes, ...leftOut(results)],
  };
}

const options = readOptions();
if (options.only.includes("update")) installPeers();
const python = options.only.some((part) => part === "update" || part === "training") ? findPython() : undefined;
const prefix = pinning(options.core);
const machine = describeMachine({
  pinned: prefix.length ? options.core : undefined,
  torch: python && describeTorch(python).text,
});
console.log(`${machine.join("\n")}\n`);
const run = { update: benchUpdate, training: benchTraining, environments: benchEnvironments, control: benchControl };
const sections = [];
for (const part of parts.filter((name) => options.only.includes(name))) {
  const section = await run[part]({ python, prefix, options, progress });
  progress("");
  console.log(terminalReport([section]));
  sections.push(section);
}
if (options.markdown) {
  writeFileSync(options.markdown, markdownReport(machine, sections));
  console.log(`Written: ${options.markdown}`);
}
