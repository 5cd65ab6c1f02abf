// REINFORCE on CartPole-v1, from scratch on the tensor engine. With Node 24: node examples/from-scratch/reinforce.ts
import { createGenerator, makeEnv, optimizers, tensor } from "polgrad";

const { add, createEngine, gradients, input, logSoftmax, matmul, mean, mul, neg, pick, relu, variable } = tensor;
const [env, engine, generator] = [await makeEnv("CartPole-v1"), await createEngine(), createGenerator(1)];

// The policy π(a|s), with 64 hidden units, and the loss of an episode: −mean of log π(aₜ|sₜ) · Gₜ.
const variables = [variable("w1", [4, 64]), variable("b1", [64]), variable("w2", [64, 2]), variable("b2", [2])];
const [w1, b1, w2, b2] = variables;
const [states, actions, returns] = [
  input("states", ["rows", 4]),
  input("actions", ["rows"]),
  input("returns", ["rows"]),
];
const logProbs = logSoftmax(add(matmul(relu(add(matmul(states, w1), b1)), w2), b2));
const loss = neg(mean(mul(pick(logProbs, actions), returns)));
const optimizer = optimizers.adam({ variables, gradients: gradients(loss, variables) });
const act = engine.compile({ outputs: { logProbs } });
const learn = engine.compile({ outputs: { loss }, updates: optimizer.updates }, { capacity: 500 });
engine.write(
  w1,
  Float32Array.from({ length: 4 * 64 }, () => generator.normal(0, 0.5)),
);

const lengths: number[] = [];
for (let episode = 1; episode <= 1500; episode++) {
  const [seen, taken, rewards]: number[][] = [[], [], []];
  for (let [state, over] = [env.reset(episode === 1 ? 1 : undefined).observation, false]; !over;) {
    act.write(states, state);
    act.run(1);
    seen.push(...state);
    taken.push(generator.random() < Math.exp(act.read("logProbs")[0]) ? 0 : 1);
    const { observation, reward, terminated, truncated } = env.step(taken.at(-1)!);
    rewards.push(reward);
    [state, over] = [observation, terminated || truncated];
  }
  // Gₜ = rₜ + 0.99 Gₜ₊₁, less its mean over the episode.
  const G = rewards.reduceRight<number[]>((later, r) => [r + 0.99 * (later[0] ?? 0), ...later], []);
  const average = G.reduce((a, b) => a + b) / G.length;
  learn.write(states, seen);
  learn.write(actions, taken);
  learn.write(returns, G.map((g) => (g - average) / 20)); // prettier-ignore
  optimizer.prepare(learn, 2e-3);
  learn.run(G.length);
  lengths.push(G.length);
  if (episode % 100 === 0) console.log(`episode ${episode}: mean return ${lengths.slice(-100).reduce((a, b) => a + b) / 100}`); // prettier-ignore
}
