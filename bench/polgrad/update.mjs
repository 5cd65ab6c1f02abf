// One PPO minibatch update in polgrad, as bench/lib/timing.mjs times it:
//     taskset -c 0 node bench/polgrad/update.mjs --data FOLDER --batch 64 --seconds 1
//
// To fill in: an engine { update(i), read(), finish? } over `data` (see readUpdateData in bench/lib/update-data.mjs):
// - start from data.parameters ("actor.0.weight" … "critic.2.bias": { data, shape }, matrices [inputs, outputs]);
// - upload data.minibatches once, before the timing;
// - loss = policy clip loss + valueCoefficient · ½ mean max((V − R)², (V_old + clip(V − V_old, ±clip) − R)²) − entropyCoefficient · entropy,
//   with `hyperparameters` of bench/lib/timing.mjs; advantages are used as they are (not normalized);
// - clip the gradient of all twelve tensors to a global norm of maxGradientNorm, then Adam at a fixed learning rate;
// - read() gives { loss, gradientNorm } of the last update, both from before its step, the norm from before clipping.

import { measureUpdate } from "../lib/timing.mjs";
import { fail, loadPolgrad } from "./load.mjs";

await measureUpdate("polgrad", async () => {
  await loadPolgrad();
  return fail("polgrad's update is not connected to the benchmark yet (bench/polgrad/update.mjs)");
});
