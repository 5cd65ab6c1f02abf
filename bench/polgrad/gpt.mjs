// A GPT in polgrad, as `npm run bench:language` times it, in CPU time: steps of fine-tuning, or tokens one after another.
//     taskset -c 0 node bench/polgrad/gpt.mjs --data FOLDER --task train --tokens 640 --seconds 1

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createEngine } from "../../dist/tensor/index.js";
import { createTokenGenerator } from "../../dist/language/generate.js";
import { openGpt } from "../../dist/language/language-model.js";
import { createSft } from "../../dist/language/sft.js";
import { loadPolgrad } from "./load.mjs";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    task: { type: "string" },
    tokens: { type: "string", default: "640" },
    seconds: { type: "string", default: "1" },
  },
});
const { createStreams, createGenerator } = await loadPolgrad();
const { config, parameters, sequences, hyperparameters } = JSON.parse(
  readFileSync(join(values.data, "gpt.json"), "utf8"),
);
const numbers = new Float32Array(readFileSync(join(values.data, "gpt.bin")).buffer.slice(0));
const weights = new Map(parameters.map(({ name, offset, size }) => [name, numbers.subarray(offset, offset + size)]));
const engine = await createEngine();
const gpt = openGpt(engine, { config, weights });
const streams = createStreams(1);
const check = [];
let work; // one call, and how many tokens it takes
let tokens = Number(values.tokens);

if (values.task === "train") {
  const { batch, length } = sequences[values.tokens];
  const lessons = Array.from({ length: batch }, (_, i) => ({
    tokens: sequences.tokens.slice(i * (config.context + 1), i * (config.context + 1) + length + 1),
    from: 1,
  }));
  // The whole step as trainings take it: laying out, copying, the program, reading the metrics.
  const options = { ...hyperparameters, batch, epochs: 1e9, warmUp: 0 };
  const learner = createSft({ engine, gpt, lessons, options, streams });
  work = () => {
    const slices = learner.update(1);
    for (;;) {
      const { done, value } = slices.next();
      if (done) return value;
    }
  };
  for (let i = 0; i <= 10; i++) {
    const { loss } = work();
    if (i === 0 || i === 10) check.push(loss);
  }
} else {
  const generator = createTokenGenerator(engine, gpt, 1);
  const request = {
    prompts: [[sequences.tokens[0]]],
    sampling: { temperature: 0, topK: 0, topP: 1 },
    maxTokens: config.context - 1,
    stop: [],
    generators: [createGenerator(1)],
  };
  tokens = config.context - 1;
  work = () => {
    const slices = generator.generate(request);
    for (;;) {
      const { done, value } = slices.next();
      if (done) return value[0].tokens;
    }
  };
  check.push(...work());
}

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const block = (calls) => {
  const start = cpu();
  for (let k = 0; k < calls; k++) work();
  return (cpu() - start) / calls;
};
const seconds = Number(values.seconds);
const warmUntil = cpu() + 1500 * seconds;
let each = block(3);
while (cpu() < warmUntil) each = block(Math.max(1, Math.round(50 / each)));
const times = [];
const until = cpu() + 1000 * seconds;
while (cpu() < until) times.push(block(Math.max(1, Math.round(50 / each))));
times.sort((a, b) => a - b);
const ms = times[times.length >> 1];
console.log(JSON.stringify({ ms, tokensPerSecond: (1000 * tokens) / ms, check, note: `Node ${process.version}` }));
