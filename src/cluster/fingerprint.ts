// What decides the bits of a training beside its options: the version of polgrad and, unless it is strict, the machine.

import { createTraining } from "../training/index.ts";
import { vectorSupport } from "../tensor/wasm/vectors.ts";
import { sha256 } from "./keys.ts";

/** What strict trainings have in common: machines do not matter to them. */
export const strictBits = "strict";

let probed: Promise<string> | undefined;

/**
 * What the bits of this machine's fast arithmetic come to: a short training, told by its weights, with all that is
 * known to matter. Machines of the same digits give the same bits.
 */
export const machineBits = (): Promise<string> => (probed ??= probe());

async function probe(): Promise<string> {
  // Layers that fill vectors and one that does not; products, exponentials, logarithms, Adam.
  const options = {
    env: "CartPole-v1",
    hidden: [64, 7],
    totalSteps: 256,
    rollout: 64,
    envs: 4,
    epochs: 2,
    strict: false,
  };
  const training = await createTraining("ppo", options);
  try {
    training.update();
    const { node, v8 } = process.versions;
    const machine = [process.arch, node, v8, vectorSupport(process.env).bits, training.weightsSha256()];
    return sha256(JSON.stringify(machine)).slice(0, 16);
  } finally {
    training.close();
  }
}
