// Extension 2: from actor-critic with GAE to PPO on CartPole-v1: several epochs over a rollout, with the clipped objective or
// without, and the KL divergence after each, from scratch. With Node 24:
//     node examples/lecture/ppo.ts
import { pathToFileURL } from "node:url";
import { createGenerator, makeEnv, optimizers, tensor } from "polgrad";
import { gae } from "./gae.ts";
import { network } from "./network.ts";

const { clip, createEngine, exp, gradients, input, logSoftmax, mean, minimum, mul, pick, square, sub } = tensor;

const rollout = 512;
const epochs = 10;
const lambda = 0.95;
const learningRate = 3e-3;
const unit = 0.01; // of rewards, so that values stay between 0 and 1

/** What one training came to. */
export interface PpoResult {
  readonly returns: readonly number[];
  /** Mean KL(π_old‖π) over rollouts, after each epoch. */
  readonly kl: readonly number[];
}

/** @param epsilon of the clip; Infinity clips nothing */
export async function ppo(epsilon: number, steps: number, seed = 1): Promise<PpoResult> {
  const env = await makeEnv("CartPole-v1");
  const engine = await createEngine();
  const generator = createGenerator(seed);

  const observations = input("observations", ["rows", 4]);
  const [actions, oldLogProbs, advantages, returns] = ["actions", "oldLogProbs", "advantages", "returns"].map((name) => input(name, ["rows"])); // prettier-ignore
  const { policy, value, variables, initialize } = network(observations, 2);
  initialize(engine, seed);
  const logProbs = logSoftmax(policy);

  // ρ = π/π_old, and the smaller of ρÂ and clip(ρ, 1 − ε, 1 + ε)Â.
  const logRatio = sub(pick(logProbs, actions), oldLogProbs);
  const ratio = exp(logRatio);
  const surrogate = mul(ratio, advantages);
  const isClipped = Number.isFinite(epsilon);
  const objective = isClipped ? minimum(surrogate, mul(clip(ratio, 1 - epsilon, 1 + epsilon), advantages)) : surrogate;
  const loss = sub(mul(0.5, mean(square(sub(value, returns)))), mean(objective));
  const kl = mean(sub(sub(ratio, 1), logRatio)); // k3, an unbiased estimate that is never negative

  const optimizer = optimizers.adam({ variables, gradients: gradients(loss, variables) });
  const look = engine.compile({ outputs: { logProbs, value } });
  const learn = engine.compile({ outputs: { loss }, updates: optimizer.updates }, { capacity: rollout });
  const measure = engine.compile({ outputs: { kl } }, { capacity: rollout });
  const see = (observation: Float32Array): number => {
    look.write(observations, observation);
    look.run(1);
    return look.read("value")[0];
  };

  const history: number[] = [];
  const divergence = new Array<number>(epochs).fill(0);
  let observation = env.reset(seed).observation;
  let episodeReturn = 0;
  for (let done = 0; done < steps; done += rollout) {
    const seen: number[] = [];
    const [taken, old, rewards, values, nextValues]: number[][] = [[], [], [], [], []];
    const ends: boolean[] = [];
    for (let t = 0; t < rollout; t++) {
      seen.push(...observation);
      values.push(see(observation));
      const both = look.read("logProbs");
      const action = generator.random() < Math.exp(both[0]) ? 0 : 1;
      const step = env.step(action);
      observation = step.observation;
      taken.push(action);
      old.push(both[action]);
      rewards.push(step.reward * unit);
      nextValues.push(step.terminated ? 0 : see(observation));
      ends.push(step.terminated || step.truncated);
      episodeReturn += step.reward;
      if (!ends[t]) continue;
      history.push(episodeReturn);
      episodeReturn = 0;
      observation = env.reset().observation;
    }
    const raw = gae(rewards, values, nextValues, ends, lambda);
    const center = raw.reduce((total, a) => total + a, 0) / rollout;
    const deviation = Math.sqrt(raw.reduce((total, a) => total + (a - center) ** 2, 0) / (rollout - 1));
    const feeds = [
      [observations, seen],
      [actions, taken],
      [oldLogProbs, old],
      [advantages, raw.map((a) => (a - center) / (deviation + 1e-8))],
      [returns, raw.map((a, t) => a + values[t])],
    ] as const;
    for (const program of [learn, measure])
      for (const [name, numbers] of feeds) if (program.reads(name)) program.write(name, numbers);
    for (let epoch = 0; epoch < epochs; epoch++) {
      optimizer.prepare(learn, learningRate);
      learn.run(rollout);
      measure.run(rollout);
      divergence[epoch] += measure.readScalar("kl") / Math.ceil(steps / rollout);
    }
  }
  return { returns: history, kl: divergence };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  for (const epsilon of [0.2, Infinity]) {
    const { returns, kl } = await ppo(epsilon, 60_000);
    const mean = returns.slice(-20).reduce((total, x) => total + x, 0) / 20;
    console.log(`ε = ${epsilon}: mean of the last 20 returns ${mean.toFixed(1)}`);
    console.log(`  KL after each epoch: ${kl.map((x) => x.toFixed(4)).join(" ")}`);
  }
