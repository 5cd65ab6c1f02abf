// PPO on CartPole-v1, from scratch on the tensor engine. With Node 24: node examples/from-scratch/ppo.ts
import { createGenerator, makeEnv, optimizers, tensor } from "polgrad";

const { add, clip, createEngine, exp, gradients, input, logSoftmax, matmul, mean, minimum, mul, pick, reshape, square, sub, tanh, variable } = tensor; // prettier-ignore
const [env, engine, generator] = [await makeEnv("CartPole-v1"), await createEngine(), createGenerator(1)];
const [rollout, epochs, minibatch, gamma, lambda, epsilon] = [512, 8, 128, 0.99, 0.95, 0.2];

// Policy and value on two layers of 64 units.
const variables: tensor.Variable[] = [];
function dense(x: tensor.Tensor, size: number, gain = 1): tensor.Tensor {
  const [inputs, name] = [x.shape[1] as number, `layer ${variables.length / 2}`];
  const [weights, bias] = [variable(`${name}: weights`, [inputs, size]), variable(`${name}: bias`, [size])];
  engine.write(weights, Float32Array.from({ length: inputs * size }, () => generator.normal(0, gain / Math.sqrt(inputs)))); // prettier-ignore
  variables.push(weights, bias);
  return add(matmul(x, weights), bias);
}
const states = input("states", ["rows", 4]);
const features = tanh(dense(tanh(dense(states, 64)), 64));
const [logProbs, value] = [logSoftmax(dense(features, 2, 0.01)), reshape(dense(features, 1), ["rows"])];

// L = ½ mean (V − R)² − mean min(ρÂ, clip(ρ, 1 − ε, 1 + ε)Â), with ρ = π/π_old.
const [actions, old, advantages, returns] = ["a", "log π_old", "Â", "R"].map((name) => input(name, ["rows"]));
const ratio = exp(sub(pick(logProbs, actions), old));
const surrogate = minimum(mul(ratio, advantages), mul(clip(ratio, 1 - epsilon, 1 + epsilon), advantages));
const loss = sub(mul(0.5, mean(square(sub(value, returns)))), mean(surrogate));
const optimizer = optimizers.adam({ variables, gradients: gradients(loss, variables) });
const look = engine.compile({ outputs: { logProbs, value } });
const learn = engine.compile({ outputs: { loss }, updates: optimizer.updates }, { capacity: minibatch });
function lookAt(s: ArrayLike<number>): { logProbs: Float32Array; value: number } {
  look.write(states, s);
  look.run(1);
  return { logProbs: look.read("logProbs"), value: look.read("value")[0] };
}

let [state, total] = [env.reset(1).observation, 0];
const episodes: number[] = [];
for (let steps = rollout; steps <= 60_000; steps += rollout) {
  const [s, a, logOld, v, r, next, goesOn]: number[][] = [[], [], [], [], [], [], []];
  for (let t = 0; t < rollout; t++) {
    const { logProbs, value } = lookAt(state);
    const action = generator.random() < Math.exp(logProbs[0]) ? 0 : 1;
    const { observation, reward, terminated, truncated } = env.step(action);
    const over = terminated || truncated;
    s.push(...state);
    a.push(action);
    logOld.push(logProbs[action]);
    v.push(value);
    r.push(reward / 100); // so that values stay between 0 and 1
    next.push(terminated ? 0 : lookAt(observation).value);
    goesOn.push(over ? 0 : 1);
    total += reward;
    state = over ? env.reset().observation : observation;
    if (!over) continue;
    episodes.push(total);
    total = 0;
  }
  // Âₜ = δₜ + γλ Âₜ₊₁ with δₜ = rₜ + γ V(sₜ₊₁) − V(sₜ), anew at the end of an episode.
  const A = new Float64Array(rollout + 1);
  for (let t = rollout - 1; t >= 0; t--) A[t] = r[t] + gamma * next[t] - v[t] + gamma * lambda * goesOn[t] * A[t + 1];
  const feeds = new Map([[states, s], [actions, a], [old, logOld], [advantages, [...A].map((x) => 10 * x)], [returns, v.map((x, t) => x + A[t])]]); // prettier-ignore
  for (let epoch = 0; epoch < epochs; epoch++)
    for (let from = 0, order = generator.permutation(rollout); from < rollout; from += minibatch) {
      for (const [of, values] of feeds) learn.gather(of, values, order, from, minibatch);
      optimizer.prepare(learn, 1e-3);
      learn.run(minibatch);
    }
  const last = episodes.slice(-20);
  if (steps % 5120 === 0) console.log(`step ${steps}: mean of the last 20 returns ${last.reduce((x, y) => x + y, 0) / last.length}`); // prettier-ignore
}
