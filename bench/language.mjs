// `npm run bench:language`: a GPT of 106,000 parameters beside PyTorch on one core: training steps of 640 and of 20 tokens,
// and tokens one after another.
//
// Each program runs in a process of its own, in pairs whose order alternates; times are CPU times, so that what else runs on
// the machine counts for less. Before it is measured, each way to write it in PyTorch is tried, and the fastest is taken.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { pinning, runJson } from "./lib/children.mjs";
import { describeMachine } from "./lib/machine.mjs";
import { describeTorch, findPython, torchEnvironments } from "./lib/pytorch.mjs";
import { intervalOf, summarize } from "./lib/statistics.mjs";
import { fail, loadPolgrad } from "./polgrad/load.mjs";

const help = `npm run bench:language -- [options]
  --only TASKS     some of train-640,train-20,decode (default: all)
  --pairs N        pairs of each task (default 9)
  --seconds S      measured CPU time of each process (default 1)
  --core N         the core to run on (default 0)
$PYTHON names the Python that has PyTorch (default: /usr/bin/python3, then python3).`;

const ways = ["plain", "flat", "traced"].flatMap((variant) =>
  ["products", "sdpa"].map((attention) => ["--variant", variant, "--attention", attention]),
);
const tasks = {
  "train-640": { flags: ["--task", "train", "--tokens", "640"], ways },
  "train-20": { flags: ["--task", "train", "--tokens", "20"], ways },
  decode: {
    flags: ["--task", "decode"],
    ways: ["eager", "scripted", "scripted-simple"].map((variant) => ["--variant", variant]),
  },
};

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    only: { type: "string", default: Object.keys(tasks).join(",") },
    pairs: { type: "string", default: "9" },
    seconds: { type: "string", default: "1" },
    core: { type: "string", default: "0" },
  },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}
const only = values.only.split(",");
const unknown = only.find((task) => !(task in tasks));
if (unknown !== undefined) fail(`--only: "${unknown}" is not one of ${Object.keys(tasks).join(", ")}`);
const pairs = Number(values.pairs);
if (!Number.isInteger(pairs) || pairs < 2) fail(`--pairs: "${values.pairs}" is not a whole number of at least 2`);

/** The model of reviews' sizes with random weights, and reviews as tokens, 41 in a row. */
async function writeData(folder) {
  const { createGenerator, createStreams, newLanguageModel, modelSizes, reviews } = await loadPolgrad();
  const tokenizer = reviews.reviewsTokenizer();
  const { config, weights } = newLanguageModel(modelSizes.reviews, tokenizer, createStreams(1)("initialization"));
  const { gptShapes } = await loadPolgrad();
  let offset = 0;
  const parameters = Object.entries(gptShapes(config)).map(([name, shape]) => {
    const size = weights.get(name).length;
    return { name, shape, size, offset: (offset += size) - size };
  });
  const numbers = new Float32Array(offset);
  for (const { name, offset } of parameters) numbers.set(weights.get(name), offset);
  const generator = createGenerator(2);
  const tokens = [];
  while (tokens.length < 16 * (config.context + 1))
    tokens.push(tokenizer.endOfText, ...tokenizer.encode(reviews.sampleReview(generator).join(" ")));
  const sequences = {
    640: { batch: 16, length: 40 },
    20: { batch: 1, length: 20 },
    tokens: tokens.slice(0, 16 * (config.context + 1)),
  };
  const hyperparameters = { learningRate: 1e-3, maxGradientNorm: 1 };
  writeFileSync(join(folder, "gpt.json"), JSON.stringify({ config, parameters, sequences, hyperparameters }));
  writeFileSync(join(folder, "gpt.bin"), numbers);
}

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const prefix = pinning(Number(values.core));
const python = findPython();
if (!python) fail("no Python has PyTorch (Debian: apt-get install python3-torch libopenblas0-pthread)");
console.log(describeMachine({ pinned: prefix.length ? values.core : undefined, torch: describeTorch(python).text }).join("\n")); // prettier-ignore
const folder = mkdtempSync(join(tmpdir(), "polgrad-bench-"));
try {
  await writeData(folder);
  for (const task of only) await compare(task, tasks[task]);
} finally {
  rmSync(folder, { recursive: true });
}

async function measured(name, command, env) {
  const result = await runJson(command, { env, prefix });
  if (result.failed) fail(`${name}: ${result.failed}`);
  return result;
}

async function compare(task, { flags, ways }) {
  const data = ["--data", folder, ...flags];
  const torch = [python, here("peers/gpt_torch.py"), ...data];
  const tried = [];
  for (const way of ways)
    for (const [setting, env] of torchEnvironments()) {
      const result = await runJson([...torch, ...way, "--seconds", "0.4"], { env, prefix });
      tried.push({ way, env, ms: result.ms ?? Infinity, name: `${way.filter((_, i) => i % 2).join(" ")}, ${setting}`, failed: result.failed }); // prettier-ignore
    }
  tried.sort((a, b) => a.ms - b.ms);
  const [best] = tried;
  if (!Number.isFinite(best.ms)) fail(`${task}, PyTorch: ${best.failed}`);
  console.log(`\n${task}; PyTorch: ${tried.map(({ name, ms, failed }) => `${name} ${failed ?? `${ms.toFixed(2)} ms`}`).join("; ")}`); // prettier-ignore

  const commands = {
    polgrad: [[process.execPath, here("polgrad/gpt.mjs"), ...data, "--seconds", values.seconds]],
    torch: [[...torch, ...best.way, "--seconds", values.seconds], best.env],
  };
  const results = { polgrad: [], torch: [] };
  for (let i = 0; i < pairs; i++)
    for (const name of i % 2 ? ["torch", "polgrad"] : ["polgrad", "torch"])
      results[name].push(await measured(name, ...commands[name]));
  const [ours, theirs] = [results.polgrad[0].check, results.torch[0].check];
  const difference = Math.max(...ours.map((x, i) => Math.abs(x - theirs[i]) / Math.max(Math.abs(theirs[i]), 1e-8)));
  const agrees = ours.length === theirs.length && difference <= 1e-4;
  if (!agrees) process.exitCode = 1;
  const logs = results.torch.map(({ ms }, i) => Math.log(ms / results.polgrad[i].ms));
  const { mean, half } = intervalOf(logs);
  const shown = (name) => {
    const { median, min, max } = summarize(results[name].map(({ tokensPerSecond }) => tokensPerSecond));
    return `${[median, min, max].map((rate) => Math.round(rate).toLocaleString("en-US")).join(" / ")} tokens/s`;
  };
  console.log(
    `polgrad  ${shown("polgrad")} (median / least / most)\nPyTorch  ${shown("torch")}, ${best.name}\n` +
      `polgrad is ${Math.exp(mean).toFixed(2)} times as fast [${Math.exp(mean - half).toFixed(2)}, ${Math.exp(mean + half).toFixed(2)}], ` +
      `${pairs} pairs; ${task === "decode" ? "tokens" : "losses of steps 1 and 11"} ${agrees ? "agree" : "DIFFER"} (${difference.toExponential(1)})`,
  );
}
