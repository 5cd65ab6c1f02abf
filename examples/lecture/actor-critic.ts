// Exercise 2: one-step actor-critic on CartPole-v1, which learns after every step, from scratch. With Node 24:
//     node examples/lecture/actor-critic.ts
import { pathToFileURL } from "node:url";
import { createGenerator, makeEnv, optimizers, tensor } from "polgrad";
import { network } from "./network.ts";

const { add, createEngine, exp, gradients, input, logSoftmax, mean, mul, neg, pick, square, sub, sum } = tensor;

const gamma = 0.99;
const learningRate = 5e-4;
const entropyCoefficient = 0.01;
const unit = 1 - gamma; // keeps values between 0 and 1

/** Trains until the mean of the last 100 returns is `goal`. @returns the steps that it took, or null */
export async function actorCritic(goal: number, mostSteps: number, seed = 1): Promise<number | null> {
  const env = await makeEnv("CartPole-v1");
  const engine = await createEngine();
  const generator = createGenerator(seed);

  // The loss of a step: −log π(a|s) δ for the actor, ½ (V(s) − target)² for the critic, less the bonus for entropy.
  const observations = input("observations", ["rows", 4]);
  const [actions, targets, errors] = ["actions", "targets", "errors"].map((name) => input(name, ["rows"]));
  const { policy, value, variables, initialize } = network(observations, 2);
  initialize(engine, seed);
  const logProbs = logSoftmax(policy);
  const policyLoss = neg(mean(mul(pick(logProbs, actions), errors)));
  const valueLoss = mul(0.5, mean(square(sub(value, targets))));
  const entropy = neg(mean(sum(mul(exp(logProbs), logProbs), 1)));
  const loss = sub(add(policyLoss, valueLoss), mul(entropyCoefficient * unit, entropy));
  const optimizer = optimizers.adam({ variables, gradients: gradients(loss, variables) });
  const look = engine.compile({ outputs: { logProbs, value } });
  const learn = engine.compile({ outputs: { loss }, updates: optimizer.updates });
  const see = (observation: Float32Array): number => {
    look.write(observations, observation);
    look.run(1);
    return look.read("value")[0];
  };

  const history: number[] = [];
  let observation = env.reset(seed).observation;
  let episodeReturn = 0;
  for (let t = 1; t <= mostSteps; t++) {
    const before = Float32Array.from(observation);
    const valueBefore = see(before);
    const action = generator.random() < Math.exp(look.read("logProbs")[0]) ? 0 : 1;
    const step = env.step(action);
    observation = step.observation;
    episodeReturn += step.reward;

    // δ = r + γ V(s′) − V(s), with V = 0 where the pole has fallen.
    const target = step.reward * unit + (step.terminated ? 0 : gamma * see(observation));
    learn.write(observations, before);
    learn.write(actions, [action]);
    learn.write(targets, [target]);
    learn.write(errors, [target - valueBefore]);
    optimizer.prepare(learn, learningRate);
    learn.run(1);

    if (!step.terminated && !step.truncated) continue;
    history.push(episodeReturn);
    episodeReturn = 0;
    observation = env.reset().observation;
    const last = history.slice(-100);
    if (last.length === 100 && last.reduce((total, x) => total + x, 0) / 100 >= goal) return t;
  }
  return null;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  for (const seed of [1, 2, 3, 4, 5]) {
    const steps = await actorCritic(195, 500_000, seed);
    console.log(
      `seed ${seed}: ${steps === null ? "not there after 500,000 steps" : `a mean of 195 after ${steps} steps`}`,
    );
  }
