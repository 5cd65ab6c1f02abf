// CartPole-v1 alone: random actions through step(action, out), reset at the end of each episode.
//     taskset -c 0 node bench/polgrad/cartpole.mjs --seconds 1
// Prints one JSON line: { peer, steps, wall_s, steps_per_s, mean_length }.

import { parseArguments } from "../lib/timing.mjs";
import { loadPolgrad } from "./load.mjs";

const { seconds } = parseArguments();
const { makeEnv } = await loadPolgrad();
const env = await makeEnv("CartPole-v1");
env.reset(1);
const out = env.step(0); // allocates the Step that all further steps are written into
let bits = 1;
let episodes = 0;

function run(steps) {
  for (let i = 0; i < steps; i++) {
    bits ^= bits << 13; // xorshift32
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    env.step((bits >>> 16) & 1, out);
    if (out.terminated || out.truncated) {
      env.reset();
      episodes++;
    }
  }
}

const block = 100_000;
run(2 * block);
episodes = 0;
let steps = 0;
const start = performance.now();
while (performance.now() - start < seconds * 1000) {
  run(block);
  steps += block;
}
const wall = (performance.now() - start) / 1000;
console.log(
  JSON.stringify({
    peer: "polgrad",
    steps,
    wall_s: wall,
    steps_per_s: steps / wall,
    mean_length: steps / Math.max(1, episodes),
  }),
);
