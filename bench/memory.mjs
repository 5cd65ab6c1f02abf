// `npm run bench:memory`: resident megabytes of training PPO on CartPole, over one long run and over many short ones in one
// process, and of many short trainings of RLHF and many texts in one process; and what a step of the long run takes.
//
// Each part runs in a process of its own. Exits with 1 where one passes 200 MB, or still grows after its first quarter.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadPolgrad } from "./polgrad/load.mjs";

const limit = 200; // MB resident, at any time
const growth = 25; // MB from the first quarter's end to the last quarter's mean, which garbage collection alone moves by 10

const help = `npm run bench:memory -- [options]
  --steps N        steps of the long training (default 2000000)
  --trainings N    number of short trainings (default 200)
  --texts N        number of texts (default 10000)
  --only PARTS     some of long,many,rlhf,texts (default: all)`;

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    steps: { type: "string", default: "2000000" },
    trainings: { type: "string", default: "200" },
    texts: { type: "string", default: "10000" },
    only: { type: "string", default: "long,many,rlhf,texts" },
    part: { type: "string" },
  },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}
const steps = Number(values.steps);
const trainings = Number(values.trainings);
const texts = Number(values.texts);
const textsOfCall = 10;

const megabytes = (bytes) => bytes / 1e6;
const resident = () => megabytes(process.memoryUsage.rss());

/** Samples [how far, resident MB, µs of CPU per step since the last] of one training. */
async function longRun({ trainPpo }) {
  const samples = [];
  const every = steps / 40;
  let next = every;
  let last = { step: 0, used: process.cpuUsage() };
  const onUpdate = ({ step }) => {
    if (step < next) return;
    const { user, system } = process.cpuUsage(last.used);
    samples.push([step, resident(), (user + system) / (step - last.step)]);
    last = { step, used: process.cpuUsage() };
    next += every;
  };
  await trainPpo({ env: "CartPole-v1", seed: 1, totalSteps: steps, onUpdate });
  return samples;
}

/** Samples [how many, resident MB] of trainings one after the other. */
async function manyRuns({ trainPpo }) {
  const samples = [];
  for (let i = 1; i <= trainings; i++) {
    await trainPpo({ env: "CartPole-v1", seed: i, totalSteps: 4096 });
    if (i % Math.ceil(trainings / 40) === 0) samples.push([i, resident()]);
  }
  return samples;
}

/** Samples [how many, resident MB] of trainings of RLHF, of two iterations each. */
async function manyRlhf({ reviews, trainRlhf }) {
  const { sft, reward } = await reviews.reviewsModels();
  const samples = [];
  for (let i = 1; i <= trainings; i++) {
    await trainRlhf({
      model: sft,
      reward,
      prompts: ["the food was", "the staff"],
      iterations: 2,
      episodes: 16,
      seed: i,
    });
    if (i % Math.ceil(trainings / 40) === 0) samples.push([i, resident()]);
  }
  return samples;
}

/** Samples [how many, resident MB] of texts, of which a call of `generate` writes a few. */
async function manyTexts({ generate, reviews }) {
  const { sft } = await reviews.reviewsModels();
  const prompts = Array.from(
    { length: textsOfCall },
    (_, i) => ["the food was", "the staff", "the price was not"][i % 3],
  );
  const samples = [];
  const calls = Math.ceil(texts / textsOfCall);
  for (let i = 1; i <= calls; i++) {
    await generate(sft, prompts, { seed: i });
    if (i % Math.ceil(calls / 40) === 0) samples.push([i * textsOfCall, resident()]);
  }
  return samples;
}

const parts = { long: longRun, many: manyRuns, rlhf: manyRlhf, texts: manyTexts };

if (values.part) {
  const samples = await parts[values.part](await loadPolgrad());
  const peak = megabytes(process.resourceUsage().maxRSS * 1024);
  console.log(JSON.stringify({ samples, peak }));
} else {
  await loadPolgrad(); // or say that it is not built
  const titles = {
    long: [`one training of ${steps.toLocaleString("en")} steps`, "steps"],
    many: [`${trainings} trainings of 4,096 steps in one process`, "trainings"],
    rlhf: [`${trainings} trainings of RLHF of two iterations in one process`, "trainings"],
    texts: [`${texts.toLocaleString("en")} texts in one process, ${textsOfCall} a call`, "texts"],
  };
  const sound = values.only.split(",").map((part) => report(part, ...titles[part]));
  process.exitCode = sound.every(Boolean) ? 0 : 1;
}

function report(part, title, unit) {
  const options = [
    "--part",
    part,
    "--steps",
    String(steps),
    "--trainings",
    String(trainings),
    "--texts",
    String(texts),
  ];
  const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), ...options], { encoding: "utf8" });
  const { samples, peak } = JSON.parse(output);
  const quarter = Math.floor(samples.length / 4);
  const last = samples.slice(-quarter).map(([, mb]) => mb);
  const grown = last.reduce((sum, mb) => sum + mb, 0) / last.length - samples[quarter - 1][1];
  console.log(`\n${title}`);
  for (const [at, mb, time] of samples.filter((_, i) => (i + 1) % Math.ceil(samples.length / 10) === 0)) {
    const perStep = time === undefined ? "" : `  ${time.toFixed(2).padStart(5)} µs a step`;
    console.log(`${at.toLocaleString("en").padStart(12)} ${unit}  ${mb.toFixed(0).padStart(4)} MB${perStep}`);
  }
  console.log(`peak ${peak.toFixed(0)} MB (limit ${limit}); after the first quarter ${grown.toFixed(1)} MB of growth`);
  return peak < limit && grown < growth;
}
