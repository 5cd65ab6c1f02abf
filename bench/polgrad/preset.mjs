// A whole training with the preset of an algorithm and environment:
//     taskset -c 0 node bench/polgrad/preset.mjs --env Pendulum-v1 [--algorithm ppo] [--steps 100000] [--workers 1] [--evaluate]
//
// Prints one JSON line: { peer, steps, wall_s, steps_per_s, evaluation }. wall_s runs from the first step to the last update.

import { parseArgs } from "node:util";
import { loadPolgrad } from "./load.mjs";

const text = (value) => ({ type: "string", default: value });
const { values } = parseArgs({
  options: {
    env: text("Pendulum-v1"),
    algorithm: text("ppo"),
    steps: { type: "string" },
    seed: text("1"),
    workers: text("1"),
    evaluate: { type: "boolean", default: false },
  },
});
const { createTraining, evaluate } = await loadPolgrad();
const training = await createTraining(values.algorithm, {
  env: values.env,
  seed: Number(values.seed),
  ...(values.steps && { totalSteps: Number(values.steps) }),
  ...(values.workers !== "1" && { workers: Number(values.workers) }),
});
const start = performance.now();
while (!training.done) training.update();
const wall = (performance.now() - start) / 1000;
const evaluation = values.evaluate ? (await evaluate(training.policy, values.env, { episodes: 100 })).mean : undefined;
training.close();
console.log(
  JSON.stringify({
    peer: "polgrad",
    steps: training.step,
    wall_s: Number(wall.toFixed(3)),
    steps_per_s: Math.round(training.step / wall),
    weightsSha256: training.weightsSha256(),
    evaluation,
  }),
);
