import { expect, test } from "vitest";
import { ppoByEpochs, type Look } from "../../src/experiments/ppo-by-epochs.ts";
import { losses } from "../../src/learning/index.ts";
import { createTraining } from "../../src/training/index.ts";
import type { Algorithm } from "../../src/algorithms/index.ts";

const options = { env: "CartPole-v1", seed: 3, totalSteps: 1024, envs: 4, rollout: 64, epochs: 3, minibatches: 4, learningRate: 3e-3, workers: 1 }; // prettier-ignore

async function weightsOf(algorithm: string | Algorithm, more: object = {}): Promise<string> {
  const training = await createTraining(algorithm, { ...options, ...more });
  while (!training.done) training.update();
  training.close();
  return training.weightsSha256();
}

test("looking changes no bit of PPO, clipped or not", async () => {
  const looks: number[] = [];
  const looking = ppoByEpochs({ onEpoch: ({ epoch }) => looks.push(epoch) });
  for (const clip of [0.2, 0]) expect(await weightsOf(looking, { clip })).toBe(await weightsOf("ppo", { clip }));
  expect(looks.slice(0, 4)).toEqual([1, 2, 3, 1]);
  expect(looks).toHaveLength(2 * 4 * 3);
});

test("another policy loss is learned from", async () => {
  const same = ppoByEpochs({ policyLoss: losses.ppoClipLoss });
  expect(await weightsOf(same)).toBe(await weightsOf("ppo"));
  const other = ppoByEpochs({ policyLoss: (ratio, advantage) => losses.surrogateLoss(ratio, advantage) });
  expect(await weightsOf(other)).toBe(await weightsOf("ppo", { clip: 0 }));
});

test("KL and ratios are those of the rollout: with ever more epochs further from 1, and E[ρ − 1 − log ρ] near KL", async () => {
  const seen: { kl: number; k3: number; epoch: number }[] = [];
  const onEpoch = ({ kl, ratios, epoch }: Look) => {
    let k3 = 0;
    for (const ratio of ratios) k3 += (ratio - 1 - Math.log(ratio)) / ratios.length;
    seen.push({ kl, k3, epoch });
  };
  await weightsOf(ppoByEpochs({ onEpoch }), { totalSteps: 256, epochs: 8, clip: 0 });
  expect(seen).toHaveLength(8);
  expect(seen[7].kl).toBeGreaterThan(seen[0].kl);
  for (const { kl, k3 } of seen) expect(Math.abs(k3 / kl - 1)).toBeLessThan(0.5);
});
