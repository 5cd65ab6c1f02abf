// Scene 12: the objective by hand, which steps have no gradient, and the KL of each epoch as in Node.

import { expect, test } from "vitest";
import { createTraining } from "../../src/index.ts";
import { ppoByEpochs } from "../../src/experiments/ppo-by-epochs.ts";
import { numberOf } from "./browser.ts";
import { checkScene, setControl } from "./scene-checks.ts";

checkScene(
  {
    path: "scenes/ppo/",
    control: ["loss", "symmetric", "loss=symmetric"],
    number: "objective",
    terms: ["ratio", "advantage", "clip", "min", "value", "entropy"],
  },
  (still) => {
    const column = async (table: string, k: number) =>
      (await still().page.locator(`#${table} tbody td:nth-child(${k})`).allTextContents()).map(numberOf);
    const number = async (name: string) =>
      numberOf((await still().page.locator(`[data-live="${name}"] .text`).textContent())!);
    const shapeIs = (text: string) =>
      still().page.waitForFunction(
        (text) => document.querySelector('[data-live="shapesSummary"]')!.textContent!.includes(text),
        text,
      );
    const steps = async (count: number) => {
      for (let i = 0; i < count; i++) await still().step();
    };

    test("the objective over ρ, by hand, for each loss and another ε", async () => {
      const { page } = still();
      // At ρ = 0.5, 0.8, 1, 1.2, 1.5 and ε = 0.2.
      expect(await column("shapes-table", 2)).toEqual([0.5, 0.8, 1, 1.2, 1.2]);
      expect(await column("shapes-table", 3)).toEqual([-0.8, -0.8, -1, -1.2, -1.5]);
      await setControl(page, "loss", "symmetric");
      await shapeIs("Clipping on both sides");
      expect(await column("shapes-table", 2)).toEqual([0.8, 0.8, 1, 1.2, 1.2]);
      expect(await column("shapes-table", 3)).toEqual([-0.8, -0.8, -1, -1.2, -1.2]);
      await setControl(page, "loss", "unclipped");
      await shapeIs("ρA without a clip");
      expect(await column("shapes-table", 3)).toEqual([-0.5, -0.8, -1, -1.2, -1.5]);
      await setControl(page, "loss", "min");
      await setControl(page, "clip", "0.4");
      await shapeIs("ε = 0.4");
      expect(await column("shapes-table", 2)).toEqual([0.5, 0.8, 1, 1.2, 1.4]);
    });

    test("with the min only the side that pays is silent; clipped on both sides, the other one too", async () => {
      const { page } = still();
      await setControl(page, "learningRate", "0.01");
      await page.waitForTimeout(300);
      await steps(8);
      const [counts, silent] = [await column("cases", 2), await column("cases", 3)];
      expect(counts.reduce((a, b) => a + b)).toBe(256);
      expect(silent).toEqual([0, counts[1], 0, counts[3]]);
      expect(counts[1] + counts[3]).toBeGreaterThan(0);
      const [ratio, advantage] = [await number("ratio"), await number("advantage")];
      const clipped = Math.min(1.2, Math.max(0.8, ratio)) * advantage;
      expect(await number("plain")).toBeCloseTo(ratio * advantage, 2);
      expect(await number("clipped")).toBeCloseTo(clipped, 2);
      expect(await number("objective")).toBeCloseTo(Math.min(ratio * advantage, clipped), 2);

      await setControl(page, "loss", "symmetric");
      await page.waitForTimeout(300);
      await steps(8);
      const both = await column("cases", 3);
      expect(both[0] + both[2]).toBeGreaterThan(0);
    });

    test("the KL after each epoch is that of Node", async () => {
      const expected: number[] = [];
      const training = await createTraining(ppoByEpochs({ onEpoch: ({ kl }) => expected.push(kl) }), {
        env: "CartPole-v1", totalSteps: 40_960, strict: true, seed: 1, clip: 0.2, epochs: 10, learningRate: 0.003,
        valueCoefficient: 0.5, entropyCoefficient: 0, normalizeAdvantages: true,
      }); // prettier-ignore
      training.update();
      training.close();
      await steps(4);
      const shown = await column("kl-table", 2);
      expected.slice(0, 4).forEach((kl, i) => expect(shown[i] / kl).toBeCloseTo(1, 2));
      expect(shown[3]).toBeGreaterThan(0);
    });
  },
);
