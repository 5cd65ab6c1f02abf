// Exercise 1: REINFORCE on CartPole-v1 with a learned or a constant baseline, from scratch. With Node 24:
//     node examples/lecture/reinforce.ts learned
//     node examples/lecture/reinforce.ts constant
import { pathToFileURL } from "node:url";
import { createGenerator, makeEnv, optimizers, tensor } from "polgrad";
import { network } from "./network.ts";

const { add, createEngine, gradients, input, logSoftmax, mean, mul, neg, pick, square, sub } = tensor;

const gamma = 0.99;
const learningRate = 1e-3;
/** Rewards in these units keep returns between 0 and 1, whatever the episode's length. */
const unit = 1 - gamma;

/** Trains, and gives each episode's return. */
export async function reinforce(baseline: "learned" | "constant", episodes: number, seed = 1): Promise<number[]> {
  const env = await makeEnv("CartPole-v1");
  const engine = await createEngine();
  const actionGenerator = createGenerator(seed);

  // The loss of an episode: −mean of log π(aₜ|sₜ) · Aₜ for the policy, ½ mean of (V(sₜ) − Gₜ)² for the value.
  const observations = input("observations", ["rows", 4]);
  const [actions, returns, advantages] = ["actions", "returns", "advantages"].map((name) => input(name, ["rows"]));
  const { policy, value, variables, initialize } = network(observations, 2);
  initialize(engine, seed);
  const logProbs = logSoftmax(policy);
  const policyLoss = neg(mean(mul(pick(logProbs, actions), advantages)));
  const valueLoss = mul(0.5, mean(square(sub(value, returns))));
  const loss = add(policyLoss, valueLoss);
  const optimizer = optimizers.adam({ variables, gradients: gradients(loss, variables) });
  const act = engine.compile({ outputs: { logProbs, value } });
  const learn = engine.compile({ outputs: { loss }, updates: optimizer.updates }, { capacity: 500 });

  const history: number[] = [];
  let sumOfMeans = 0; // of Gₜ, over earlier episodes
  for (let episode = 0; episode < episodes; episode++) {
    // Generate a whole episode with the current policy.
    const seen: number[] = [];
    const taken: number[] = [];
    const rewards: number[] = [];
    const values: number[] = [];
    let { observation } = env.reset(episode === 0 ? seed : undefined);
    for (let over = false; !over;) {
      act.write(observations, observation);
      act.run(1);
      const action = actionGenerator.random() < Math.exp(act.read("logProbs")[0]) ? 0 : 1;
      seen.push(...observation);
      taken.push(action);
      values.push(act.read("value")[0]);
      const step = env.step(action);
      rewards.push(step.reward * unit);
      observation = step.observation;
      over = step.terminated || step.truncated;
    }

    // Gₜ = rₜ₊₁ + γ Gₜ₊₁, and what it is compared with.
    const returnsToGo = new Float64Array(rewards.length);
    for (let t = rewards.length - 1; t >= 0; t--) returnsToGo[t] = rewards[t] + gamma * (returnsToGo[t + 1] ?? 0);
    const constant = episode === 0 ? 0 : sumOfMeans / episode;
    const advantage = returnsToGo.map((g, t) => g - (baseline === "learned" ? values[t] : constant));
    sumOfMeans += returnsToGo.reduce((sum, g) => sum + g, 0) / returnsToGo.length;

    learn.write(observations, seen);
    learn.write(actions, taken);
    learn.write(returns, returnsToGo);
    learn.write(advantages, advantage);
    optimizer.prepare(learn, learningRate);
    learn.run(rewards.length);
    history.push(rewards.length);
  }
  return history;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const baseline = process.argv[2] === "constant" ? "constant" : "learned";
  const history = await reinforce(baseline, 2000);
  for (let i = 100; i <= history.length; i += 100) {
    const mean = history.slice(i - 100, i).reduce((sum, length) => sum + length, 0) / 100;
    console.log(`${baseline} baseline, episodes ${i - 99} to ${i}: mean return ${mean.toFixed(1)}`);
  }
}
