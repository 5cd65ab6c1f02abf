// One PPO minibatch update in polgrad, as bench/lib/timing.mjs times it:
//     taskset -c 0 node bench/polgrad/update.mjs --data FOLDER --batch 64 --seconds 1 [--threads 2]
// The loss is written with the library's own functions, as src/algorithms/ppo.ts does. Each update copies its minibatch into
// the program's inputs, which the other engines have uploaded beforehand.

import { hyperparameters as h, measureUpdate } from "../lib/timing.mjs";
import { loadPolgrad } from "./load.mjs";

/** A pool as `workers` and helpers have it; undefined for one thread. */
async function poolOf(threads) {
  if (threads < 2) return undefined;
  const { createPool, nodeWorker } = await import("../../dist/threads/index.js");
  const entry = new URL("../../dist/training/polgrad-worker.js", import.meta.url);
  return createPool({ threads, spawn: () => nodeWorker(entry) });
}

await measureUpdate("polgrad", async (data, batch, _variant, threads) => {
  const { categorical, losses, mlp, optimizers, tensor } = await loadPolgrad();
  const { add, exp, gradients, input, mean, mul, sub } = tensor;
  const pool = await poolOf(threads);
  const engine = await tensor.createEngine({ threads: pool });
  const hidden = [0, 1].map((layer) => data.parameters[`actor.${layer}.bias`].shape[0]);
  const networks = mlp({ hidden, activation: "tanh" })({ observations: 4, outputs: 2 });
  const parameters = [...networks.actor, ...networks.critic];
  parameters.forEach(({ variable }, i) => engine.write(variable, Object.values(data.parameters)[i].data));

  const inputs = {
    observations: input("observations", ["rows", 4]),
    ...Object.fromEntries(
      ["actions", "oldLogProbs", "advantages", "returns", "oldValues"].map((name) => [name, input(name, ["rows"])]),
    ),
  };
  const { observations, actions, oldLogProbs, advantages, returns, oldValues } = inputs;
  const { policy, value } = networks.forward(observations);
  const distribution = categorical(policy);
  const ratio = exp(losses.logRatio(distribution.logProb(actions), oldLogProbs));
  const valueLoss = losses.clippedValueLoss(value, oldValues, returns, h.clip);
  const loss = sub(
    add(losses.ppoClipLoss(ratio, advantages, h.clip), mul(valueLoss, h.valueCoefficient)),
    mul(mean(distribution.entropy()), h.entropyCoefficient),
  );
  const variables = parameters.map((p) => p.variable);
  const gradient = gradients(loss, variables);
  const gradientNorm = optimizers.globalNorm(gradient);
  const optimizer = optimizers.adam(
    { variables, gradients: gradient, gradientScale: optimizers.clipScale(gradientNorm, h.maxGradientNorm) },
    { epsilon: h.epsilon },
  );
  const program = engine.compile({ outputs: { loss, gradientNorm }, updates: optimizer.updates }, { capacity: batch });
  await pool?.start({ engine: engine.share([]) });
  return {
    note: `inputs copied in each update${pool ? `; ${threads} threads` : ""}`,
    close: () => pool?.close(),
    update(i) {
      const minibatch = data.minibatches[i % data.minibatches.length];
      for (const [name, placeholder] of Object.entries(inputs)) program.write(placeholder, minibatch[name]);
      optimizer.prepare(program, h.learningRate);
      program.run(batch);
    },
    read: () => ({ loss: program.readScalar("loss"), gradientNorm: program.readScalar("gradientNorm") }),
  };
});
