// One PPO minibatch update in polgrad, as bench/lib/timing.mjs times it:
//     taskset -c 0 node bench/polgrad/update.mjs --data FOLDER --batch 64 --seconds 1
// The loss is written with the library's own functions, as src/algorithms/ppo.ts does. Each update copies its minibatch into
// the program's inputs, which the other engines have uploaded beforehand.

import { hyperparameters as h, measureUpdate } from "../lib/timing.mjs";
import { loadPolgrad } from "./load.mjs";

await measureUpdate("polgrad", async (data, batch) => {
  const { categorical, losses, mlp, optimizers, tensor } = await loadPolgrad();
  const { add, exp, gradients, input, mean, mul, sub } = tensor;
  const engine = await tensor.createEngine();
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
  return {
    note: "inputs copied in each update",
    update(i) {
      const minibatch = data.minibatches[i % data.minibatches.length];
      for (const [name, placeholder] of Object.entries(inputs)) program.write(placeholder, minibatch[name]);
      optimizer.prepare(program, h.learningRate);
      program.run(batch);
    },
    read: () => ({ loss: program.readScalar("loss"), gradientNorm: program.readScalar("gradientNorm") }),
  };
});
