// Exercise 3: actor-critic with GAE on CartPole-v1, rollouts of 128 steps, from scratch. With Node 24:
//     node examples/lecture/gae.ts
import { pathToFileURL } from "node:url";
import { createGenerator, makeEnv, optimizers, tensor } from "polgrad";
import { network } from "./network.ts";

const { add, createEngine, exp, gradients, input, logSoftmax, mean, mul, neg, pick, square, sub, sum } = tensor;

const gamma = 0.99;
const rollout = 128;
const learningRate = 3e-3;
const entropyCoefficient = 0.01;
const unit = 1 - gamma;

/**
 * Âₜ = δₜ + γλ Âₜ₊₁, backwards, anew at each end of an episode.
 *
 * @param nextValues V(sₜ₊₁) of the same episode; 0 where it terminated
 */
export function gae(rewards: number[], values: number[], nextValues: number[], ends: boolean[], lambda: number) {
  const advantages = new Float64Array(rewards.length);
  let next = 0;
  for (let t = rewards.length - 1; t >= 0; t--) {
    const delta = rewards[t] + gamma * nextValues[t] - values[t];
    next = delta + (ends[t] ? 0 : gamma * lambda * next);
    advantages[t] = next;
  }
  return advantages;
}

/** Trains, and gives each episode's return with the step at which it ended. */
export async function actorCriticWithGae(lambda: number, steps: number, seed = 1) {
  const env = await makeEnv("CartPole-v1");
  const engine = await createEngine();
  const generator = createGenerator(seed);

  const observations = input("observations", ["rows", 4]);
  const [actions, returns, weights] = ["actions", "returns", "advantages"].map((name) => input(name, ["rows"]));
  const { policy, value, variables, initialize } = network(observations, 2);
  initialize(engine, seed);
  const logProbs = logSoftmax(policy);
  const policyLoss = neg(mean(mul(pick(logProbs, actions), weights)));
  const valueLoss = mul(0.5, mean(square(sub(value, returns))));
  const entropy = neg(mean(sum(mul(exp(logProbs), logProbs), 1)));
  const loss = sub(add(policyLoss, valueLoss), mul(entropyCoefficient, entropy));
  const optimizer = optimizers.adam({ variables, gradients: gradients(loss, variables) });
  const look = engine.compile({ outputs: { logProbs, value } });
  const learn = engine.compile({ outputs: { loss }, updates: optimizer.updates }, { capacity: rollout });
  const see = (observation: Float32Array): number => {
    look.write(observations, observation);
    look.run(1);
    return look.read("value")[0];
  };

  const episodes: { step: number; return: number }[] = [];
  let observation = env.reset(seed).observation;
  let episodeReturn = 0;
  for (let done = 0; done < steps; done += rollout) {
    const seen: number[] = [];
    const [taken, rewards, values, nextValues]: number[][] = [[], [], [], []];
    const ends: boolean[] = [];
    for (let t = 0; t < rollout; t++) {
      seen.push(...observation);
      values.push(see(observation));
      const action = generator.random() < Math.exp(look.read("logProbs")[0]) ? 0 : 1;
      const step = env.step(action);
      observation = step.observation;
      taken.push(action);
      rewards.push(step.reward * unit);
      nextValues.push(step.terminated ? 0 : see(observation)); // a time limit is not the end of the world
      ends.push(step.terminated || step.truncated);
      episodeReturn += step.reward;
      if (!ends[t]) continue;
      episodes.push({ step: done + t + 1, return: episodeReturn });
      episodeReturn = 0;
      observation = env.reset().observation;
    }
    const advantages = gae(rewards, values, nextValues, ends, lambda);
    const targets = advantages.map((advantage, t) => advantage + values[t]);
    const center = advantages.reduce((total, a) => total + a, 0) / rollout;
    const deviation = Math.sqrt(advantages.reduce((total, a) => total + (a - center) ** 2, 0) / (rollout - 1));
    learn.write(observations, seen);
    learn.write(actions, taken);
    learn.write(returns, targets);
    learn.write(weights, advantages.map((a) => (a - center) / (deviation + 1e-8))); // prettier-ignore
    optimizer.prepare(learn, learningRate);
    learn.run(rollout);
  }
  return episodes;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  for (const lambda of [0, 0.5, 0.9, 0.95, 0.99, 1]) {
    const start = performance.now();
    const episodes = await actorCriticWithGae(lambda, 100_000);
    const mean = episodes.slice(-100).reduce((total, episode) => total + episode.return, 0) / 100;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`λ = ${lambda}: mean of the last 100 returns ${mean.toFixed(1)}, ${seconds} s`);
  }
