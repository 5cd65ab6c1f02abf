// A trained policy without polgrad: ONNX Runtime, in a page or in Node, runs what `polgrad export runs/<run> policy.onnx`
// wrote. This needs `npm install onnxruntime-web` alone; as a program, which plays episodes, polgrad's environments too:
// `node examples/onnx.js policy.onnx [environment] [episodes]`.

import { InferenceSession, Tensor } from "onnxruntime-web";

/**
 * Opens a policy for Box or Discrete observations and actions, without masks and memory.
 *
 * @param {string | Uint8Array} model The address of the file (in Node, its path), or its bytes.
 */
export async function openPolicy(model) {
  const session = await InferenceSession.create(model);

  /** @param {number | ArrayLike<number>} observation As the environment gives it: the model normalizes it. */
  async function ask(observation) {
    const batch =
      typeof observation === "number"
        ? new Tensor("int64", [BigInt(observation)], [1])
        : new Tensor("float32", Float32Array.from(observation), [1, observation.length]);
    return session.run({ observation: batch });
  }

  return {
    /** The most probable action: a number, or for a Box a Float32Array, within its bounds. */
    async act(observation) {
      const { action } = await ask(observation);
      return action.type === "float32" ? action.data : Number(action.data[0]); // int64 comes as a bigint
    },
    /** An action drawn from the policy's probabilities; for a Box from its Gaussian, to be clipped to the bounds. */
    async sample(observation) {
      const { probabilities, mean, log_std: logStd } = await ask(observation);
      if (mean) return mean.data.map((m, i) => m + Math.exp(logStd.data[i]) * normal());
      let u = Math.random();
      const drawn = probabilities.data.findIndex((p) => (u -= p) < 0);
      return drawn < 0 ? probabilities.data.length - 1 : drawn; // rounding may leave a little of u
    },
  };
}

/** A standard normal number, by Box & Muller (1958). */
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

/** Plays episodes with the most probable actions, and prints their returns. */
async function play(file, name = "CartPole-v1", episodes = "5") {
  const { makeEnv } = await import("polgrad");
  const policy = await openPolicy(file);
  const env = await makeEnv(name);
  for (let episode = 0; episode < Number(episodes); episode++) {
    let { observation } = env.reset(episode);
    let total = 0;
    let steps = 0;
    for (let done = false; !done; steps++) {
      const step = env.step(await policy.act(observation));
      observation = step.observation;
      total += step.reward;
      done = step.terminated || step.truncated;
    }
    console.log(`episode ${episode + 1}: return ${Number(total.toFixed(2))} in ${steps} steps`);
  }
}

const [, program, ...given] = globalThis.process?.argv ?? [];
if (program && import.meta.url.endsWith(`/${program.split(/[\\/]/).at(-1)}`)) {
  if (given.length > 0) await play(...given);
  else console.log("usage: node onnx.js <policy.onnx> [environment, CartPole-v1] [episodes, 5]");
}
