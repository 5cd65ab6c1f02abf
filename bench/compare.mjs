// The CPU time of trainings in two clones, in pairs: what a change costs, or brings.
//
//   npm run bench:compare -- <folder of another clone> [--only ppo] [--pairs 15] [--core 1]
//
// Each pair is one training in the other clone (before) and one in this clone (after), in processes of their own on one
// core, in turns of changing order. The ratio before / after is above 1 where this clone is faster. Pairs are added
// until the 95 % interval of its mean is within ± 2 %, or there are 60. Both clones must be built.

import { fileURLToPath, pathToFileURL } from "node:url";
import { join, resolve } from "node:path";
import { pinning, runJson } from "./lib/children.mjs";
import { intervalOf } from "./lib/statistics.mjs";

const lander = { env: "LunarLanderContinuous-v3", totalSteps: 30_000 };
const cases = {
  ppo: ["ppo", { env: "CartPole-v1", totalSteps: 100_000 }],
  "ppo, Gaussian": ["ppo", lander],
  "ppo, memory": ["ppo", { env: "Recall-v0", totalSteps: 20_000, memory: "gru", memorySize: 16, rollout: 32 }],
  a2c: ["a2c", { env: "CartPole-v1", totalSteps: 150_000 }],
  "a3c, one worker": ["a3c", { env: "CartPole-v1", totalSteps: 150_000, workers: 1 }],
  trpo: ["trpo", { env: "CartPole-v1", totalSteps: 60_000 }],
  reinforce: ["reinforce", { env: "CartPole-v1", totalSteps: 100_000, totalEpisodes: null }],
  "actor-critic": ["actor-critic", { env: "CartPole-v1", totalSteps: 60_000 }],
};

const argv = process.argv.slice(2);
const argument = (name, fallback) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : fallback);
if (argv.includes("--child")) await child(argument("--in"), argument("--child"));
else await main();

/** Trains once to warm up and once to measure; prints { cpu } in milliseconds, setup excluded. */
async function child(clone, name) {
  const { createTraining } = await import(pathToFileURL(join(clone, "dist/index.js")));
  const [algorithm, options] = cases[name];
  const train = async (totalSteps) => {
    const training = await createTraining(algorithm, { ...options, totalSteps, seed: 1 });
    const before = process.cpuUsage();
    while (!training.done) training.update();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  await train(Math.ceil(options.totalSteps / 5));
  console.log(JSON.stringify({ cpu: await train(options.totalSteps) }));
}

async function main() {
  const here = fileURLToPath(new URL("..", import.meta.url));
  const there = resolve(argv[0] ?? "");
  const [least, most] = [Number(argument("--pairs", 15)), 60];
  const prefix = pinning(argument("--core", 1));
  const only = argument("--only");
  const measure = async (clone, name) => {
    const command = [process.execPath, fileURLToPath(import.meta.url), "--child", name, "--in", clone];
    const { cpu, failed } = await runJson(command, { prefix });
    if (failed) throw new Error(`${name} in ${clone}: ${failed}`);
    return cpu;
  };
  console.log(`before: ${there}\nafter:  ${here}\nCPU time before / after, mean and 95 % interval over pairs`);
  for (const name of Object.keys(cases).filter((name) => only === undefined || name.startsWith(only))) {
    const logs = [];
    let interval;
    do {
      const order = logs.length % 2 === 0 ? [there, here] : [here, there];
      const cpu = {};
      for (const clone of order) cpu[clone] = await measure(clone, name);
      logs.push(Math.log(cpu[there] / cpu[here]));
      interval = intervalOf(logs);
    } while (logs.length < least || (logs.length < most && interval.half > 0.02));
    const [mean, low, high] = [interval.mean, interval.mean - interval.half, interval.mean + interval.half].map(
      Math.exp,
    );
    console.log(`${name.padEnd(18)} ${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}], ${logs.length} pairs`);
  }
}
