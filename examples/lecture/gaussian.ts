// Extension 1: a Gaussian policy on Pendulum-v1, with the mean from the network and a learned log σ, from scratch. With Node 24:
//     node examples/lecture/gaussian.ts
import { pathToFileURL } from "node:url";
import { createGenerator, makeEnv, optimizers, tensor } from "polgrad";
import { network } from "./network.ts";

const {
  add,
  clip,
  createEngine,
  div,
  exp,
  gradients,
  input,
  mean,
  minimum,
  mul,
  neg,
  reshape,
  square,
  sub,
  sum,
  variable,
} = tensor;

const [gamma, lambda] = [0.9, 0.95];
const [rollout, epochs, minibatch] = [2048, 10, 64];
const [learningRate, epsilon, entropyCoefficient] = [1e-3, 0.2, 0];
const largest = 2; // the pendulum's torque, N m
const unit = 0.1; // of rewards, of −16 … 0

/** Trains, and gives each episode's return; `onRollout` is told the entropy of the policy. */
export async function gaussianPpo(
  steps: number,
  seed = 1,
  onRollout: (entropy: number, mean: number) => void = () => {},
) {
  const env = await makeEnv("Pendulum-v1");
  const engine = await createEngine();
  const generator = createGenerator(seed);

  const observations = input("observations", ["rows", 3]);
  const [actions, oldLogProbs, advantages, returns] = ["actions", "oldLogProbs", "advantages", "returns"].map((name) => input(name, ["rows"])); // prettier-ignore
  const { policy, value, variables, initialize } = network(observations, 1);
  initialize(engine, seed);
  const logStd = variable("logStd", [1]); // 0 at first: σ = 1

  // log π(a|s) = −½ ((a − μ)/σ)² − log σ − ½ log 2π; entropy log σ + ½ log 2πe, which does not depend on the state.
  const mu = reshape(policy, ["rows"]);
  const halfLog2Pi = 0.5 * Math.log(2 * Math.PI);
  const standardized = div(sub(actions, mu), exp(logStd));
  const logProb = sub(mul(-0.5, square(standardized)), add(logStd, halfLog2Pi));
  const entropy = add(sum(logStd), halfLog2Pi + 0.5);
  const ratio = exp(sub(logProb, oldLogProbs));
  const objective = minimum(mul(ratio, advantages), mul(clip(ratio, 1 - epsilon, 1 + epsilon), advantages));
  const valueLoss = mul(0.5, mean(square(sub(value, returns))));
  const loss = sub(add(neg(mean(objective)), valueLoss), mul(entropyCoefficient, entropy));

  const all = [...variables, logStd];
  const optimizer = optimizers.adam({ variables: all, gradients: gradients(loss, all) });
  const look = engine.compile({ outputs: { mu, value } });
  const learn = engine.compile({ outputs: { loss }, updates: optimizer.updates }, { capacity: minibatch });
  const see = (observation: Float32Array): number => {
    look.write(observations, observation);
    look.run(1);
    return look.read("value")[0];
  };

  const history: number[] = [];
  let observation = env.reset(seed).observation;
  let episodeReturn = 0;
  for (let done = 0; done < steps; done += rollout) {
    const sigma = Math.exp(engine.read(logStd)[0]);
    const seen: Float32Array[] = [];
    const [taken, old, rewards, values, nextValues]: number[][] = [[], [], [], [], []];
    const ends: boolean[] = [];
    for (let t = 0; t < rollout; t++) {
      const before = Float32Array.from(observation);
      seen.push(before);
      values.push(see(before));
      const center = look.read("mu")[0];
      const action = generator.normal(center, sigma);
      // The pendulum gets what it can take; what is learned from is the action that was drawn.
      const step = env.step(Float32Array.of(Math.max(-largest, Math.min(largest, action * largest))));
      observation = step.observation;
      taken.push(action);
      old.push(-0.5 * ((action - center) / sigma) ** 2 - Math.log(sigma) - halfLog2Pi);
      rewards.push(step.reward * unit);
      nextValues.push(see(observation)); // its episodes are only ever cut off
      ends.push(step.truncated);
      episodeReturn += step.reward;
      if (!step.truncated) continue;
      history.push(episodeReturn);
      episodeReturn = 0;
      observation = env.reset().observation;
    }
    const estimates = new Float64Array(rollout);
    for (let t = rollout - 1, next = 0; t >= 0; t--) {
      next = rewards[t] + gamma * nextValues[t] - values[t] + (ends[t] ? 0 : gamma * lambda * next);
      estimates[t] = next;
    }
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = generator.permutation(rollout);
      for (let from = 0; from < rollout; from += minibatch) {
        const rows = Array.from(order.subarray(from, from + minibatch));
        const some = rows.map((t) => estimates[t]);
        const center = some.reduce((total, a) => total + a, 0) / minibatch;
        const deviation = Math.sqrt(some.reduce((total, a) => total + (a - center) ** 2, 0) / (minibatch - 1));
        learn.write(observations, rows.flatMap((t) => Array.from(seen[t]))); // prettier-ignore
        learn.write(actions, rows.map((t) => taken[t])); // prettier-ignore
        learn.write(oldLogProbs, rows.map((t) => old[t])); // prettier-ignore
        learn.write(advantages, some.map((a) => (a - center) / (deviation + 1e-8))); // prettier-ignore
        learn.write(returns, rows.map((t) => estimates[t] + values[t])); // prettier-ignore
        optimizer.prepare(learn, learningRate);
        learn.run(minibatch);
      }
    }
    const last = history.slice(-10);
    const entropyNow = engine.read(logStd)[0] + halfLog2Pi + 0.5;
    onRollout(entropyNow, last.reduce((total, x) => total + x, 0) / last.length);
  }
  return history;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  let rollouts = 0;
  await gaussianPpo(100_000, 1, (entropy, mean) => {
    if (++rollouts % 7 === 0)
      console.log(`${rollouts * rollout} steps: mean of the last 10 returns ${mean.toFixed(0)}, entropy ${entropy.toFixed(2)} nats`); // prettier-ignore
  });
}
