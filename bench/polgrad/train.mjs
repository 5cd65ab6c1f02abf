// A whole training in polgrad:
//     taskset -c 0 node bench/polgrad/train.mjs ppo CartPole-v1 [--steps 100000] [--seed 1] [--until 475] [--options JSON]
// `--until` ends it with the first update after which the mean of the last 100 returns is as high; `--options` are the library's.
//
// Prints one JSON line with the peers' keys: { peer, steps, wall_s, steps_per_s, mean_last_100, setup_s, with_setup, weightsSha256 }.
// wall_s runs from the first step to the last update; setup_s is creating environments and networks and compiling the
// graph; with_setup is steps per second with that, which is where some peers' clocks start.

import { parseArgs } from "node:util";
import { loadPolgrad } from "./load.mjs";

const text = (value) => ({ type: "string", default: value });
const { values, positionals } = parseArgs({
  options: { steps: { type: "string" }, seed: text("1"), until: { type: "string" }, options: text("{}") },
  allowPositionals: true,
});
const { createTraining } = await loadPolgrad();
const [algorithm = "ppo", env = "CartPole-v1"] = positionals;
const begin = performance.now();
const training = await createTraining(algorithm, {
  env,
  seed: Number(values.seed),
  ...(values.steps && { totalSteps: Number(values.steps) }),
  ...JSON.parse(values.options),
});
const goal = values.until === undefined ? Infinity : Number(values.until);
let episodes = 0;
let mean = null;
const start = performance.now();
while (!training.done && !(episodes >= 100 && mean >= goal)) {
  ({ episodes, meanReturn100: mean } = training.update());
}
const end = performance.now();
training.close();
const perSecond = (since) => Math.round((1000 * training.step) / (end - since));
console.log(
  JSON.stringify({
    peer: "polgrad",
    steps: training.step,
    wall_s: Number(((end - start) / 1000).toFixed(3)),
    steps_per_s: perSecond(start),
    mean_last_100: mean,
    setup_s: Number(((start - begin) / 1000).toFixed(3)),
    with_setup: perSecond(begin),
    weightsSha256: training.weightsSha256(),
  }),
);
