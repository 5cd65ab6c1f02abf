// A trained policy without polgrad: ONNX Runtime, in a page or in Node, runs what `polgrad export runs/<run> policy.onnx`
// wrote. This needs `npm install onnxruntime-web` alone.

import { InferenceSession, Tensor } from "onnxruntime-web";

/**
 * Opens a policy for an environment with Box observations and Discrete actions, such as CartPole-v1.
 *
 * @param {string | Uint8Array} model The address of the file (in Node, its path), or its bytes.
 */
export async function openPolicy(model) {
  const session = await InferenceSession.create(model);

  /** @param {number[]} observation As the environment gives it: the model normalizes it. */
  async function ask(observation) {
    const batch = new Tensor("float32", observation, [1, observation.length]);
    return session.run({ observation: batch });
  }

  return {
    /** The most probable action. */
    async act(observation) {
      const { action } = await ask(observation);
      return Number(action.data[0]); // int64 comes as a bigint
    },
    /** An action drawn from the policy's probabilities. */
    async sample(observation) {
      const { probabilities } = await ask(observation);
      let u = Math.random();
      const drawn = probabilities.data.findIndex((p) => (u -= p) < 0);
      return drawn < 0 ? probabilities.data.length - 1 : drawn; // rounding may leave a little of u
    },
  };
}
