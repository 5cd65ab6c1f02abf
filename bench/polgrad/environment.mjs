// One environment alone: random actions through step(action, out), reset at the end of each episode.
//     taskset -c 0 node bench/polgrad/environment.mjs --env CartPole-v1 --seconds 1
// Prints one JSON line: { peer, env, steps, wall_s, steps_per_s, mean_length, rewards }; rewards is the sum over the first 1,000
// steps. Seeds, actions and resets are those of bench/peers/environment_gymnasium.py.

import { parseArgs } from "node:util";
import { loadPolgrad } from "./load.mjs";

const { values } = parseArgs({ options: { env: { type: "string" }, seconds: { type: "string", default: "1" } } });
const { createGenerator, createStep, makeEnv, sample } = await loadPolgrad();
const id = values.env ?? "CartPole-v1";
console.log(JSON.stringify(await measure()));

async function measure() {
  const env = await makeEnv(id);
  const generator = createGenerator(1);
  // Drawn beforehand: what is timed is the environment.
  const actions = Array.from({ length: 256 }, () => sample(env.actionSpace, generator));
  const out = createStep(env.observationSpace);
  env.reset(1);
  let next = 0;
  let episodes = 0;

  let rewards = 0;
  for (let i = 0; i < 1000; i++) {
    env.step(actions[next++ & 255], out);
    rewards += out.reward;
    if (out.terminated || out.truncated) env.reset();
  }

  function run(steps) {
    for (let i = 0; i < steps; i++) {
      env.step(actions[next++ & 255], out);
      if (out.terminated || out.truncated) {
        env.reset();
        episodes++;
      }
    }
  }

  const clock = () => performance.now() / 1000;
  // Warming up also finds how many steps a block of some 20 ms has.
  const seconds = Number(values.seconds);
  const warm = clock();
  let block = 256;
  while (clock() - warm < Math.min(1, seconds)) {
    const start = clock();
    run(block);
    if (clock() - start < 0.01) block *= 2;
  }
  episodes = 0;
  let steps = 0;
  const start = clock();
  while (clock() - start < seconds) {
    run(block);
    steps += block;
  }
  const wall = clock() - start;
  const mean_length = episodes > 0 ? steps / episodes : undefined;
  return { peer: "polgrad", env: id, steps, wall_s: wall, steps_per_s: steps / wall, mean_length, rewards };
}
