// The library from end to end: train, evaluate, save, load, act.  node examples/train.js
import { evaluate, loadPolicy, makeEnv, savePolicy, trainPpo } from "polgrad";

const { policy, summary } = await trainPpo({
  env: "CartPole-v1",
  seed: 1,
  totalSteps: 100_000,
  onUpdate: ({ update, step, meanReturn100 }) => {
    if (update % 20 === 0) console.log(`step ${step}: mean return ${meanReturn100?.toFixed(1)}`);
  },
});
console.log(`${summary.steps} steps in ${summary.wallSeconds.toFixed(1)} s; solved at step ${summary.solvedAtStep}`);

const { mean, std } = await evaluate(policy, "CartPole-v1", { episodes: 20 });
console.log(`20 episodes with the likeliest actions: ${mean.toFixed(1)} ± ${std.toFixed(1)}`);

const bytes = savePolicy(policy); // a safetensors file; fs.writeFile it, or send it to a page
const again = await loadPolicy(bytes);
const env = await makeEnv("CartPole-v1");
const { observation } = env.reset(1);
console.log("π(left), π(right) =", again.probabilities(observation), "V =", again.value(observation).toFixed(1));
console.log("action:", again.act(observation, { deterministic: true }));
