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
  const hashes: string[] = [];
  for (const [env, hidden] of [
    ["CartPole-v1", [64, 64]],
    ["Pendulum-v1", [48, 7]],
  ] as const) {
    const training = await createTraining("ppo", { env, hidden: [...hidden], totalSteps: 512, rollout: 64, envs: 4, strict: false }); // prettier-ignore
    try {
      for (let update = 0; update < 2; update++) training.update();
      hashes.push(training.weightsSha256());
    } finally {
      training.close();
    }
  }
  const { node, v8 } = process.versions;
  return sha256(JSON.stringify([process.arch, node, v8, vectorSupport(process.env).bits, hashes])).slice(0, 16);
}
