// Scene 10: the bars and their sum, worked out from the δ that the table shows; the ends; the race, as in Node.

import { expect, test } from "vitest";
import { createTraining } from "../../src/index.ts";
import { numberOf } from "./browser.ts";
import { checkScene, setControl } from "./scene-checks.ts";

checkScene(
  {
    path: "scenes/gae/",
    control: ["lambda", "0.5", "lambda=0.5"],
    number: "gae",
    terms: ["delta", "decay", "sum", "reward", "value"],
  },
  (still) => {
    const column = async (k: number) =>
      (await still().page.locator(`#bars-table tbody td:nth-child(${k})`).allTextContents()).map(numberOf);
    const number = async (name: string) =>
      numberOf((await still().page.locator(`[data-live="${name}"] .text`).textContent())!);

    test("parts are (γλ)ˡ δ, and the advantage is their sum, by hand", async () => {
      const { page, step, shows } = still();
      await step();
      for (const [lambda, gamma] of [
        ["0.5", "0.99"],
        ["0.83", "0.9"],
      ]) {
        // prettier-ignore
        await setControl(page, "lambda", lambda);
        await setControl(page, "gamma", gamma);
        await shows("gamma", gamma);
        const [rewards, values, deltas, parts, sums] = await Promise.all([2, 3, 4, 5, 6].map(column));
        expect(deltas.length).toBeGreaterThan(7);
        let sum = 0;
        deltas.forEach((delta, l) => {
          const weight = (Number(gamma) * Number(lambda)) ** l;
          sum += weight * delta;
          expect(parts[l]).toBeCloseTo(weight * delta, 3);
          expect(sums[l]).toBeCloseTo(sum, 2);
          if (l + 1 < values.length)
            expect(delta).toBeCloseTo(rewards[l] + Number(gamma) * values[l + 1] - values[l], 3);
        });
        expect(await number("gae")).toBeCloseTo(sum, 2);
      }
    });

    test("λ = 0 is TD(0) and λ = 1 Monte Carlo", async () => {
      const { page, step, shows } = still();
      await step();
      await setControl(page, "lambda", "0");
      await shows("lambda", "0");
      expect(await number("gae")).toBe(await number("td"));
      expect(await number("gae")).toBeCloseTo((await column(4))[0], 3);
      await setControl(page, "lambda", "1");
      await shows("lambda", "1");
      expect(await number("gae")).toBe(await number("monteCarlo"));
      expect(await number("gae")).not.toBeCloseTo(await number("td"), 1);
    });

    test("the lanes are the trainings of Node", async () => {
      const { page, step } = still();
      await step();
      await step();
      const shown = (await page.locator("#race-table tbody td:nth-child(2)").allTextContents()).map(numberOf);
      for (const [i, lambda] of [0, 0.5, 0.95, 1].entries()) {
        const options = {
          env: "CartPole-v1",
          seed: 1,
          totalSteps: 30_000,
          envs: 1,
          rollout: 128,
          lambda,
          strict: true,
        };
        const training = await createTraining("a2c", options);
        for (let update = 0; update < 8; update++) training.update();
        expect(shown[i]).toBeCloseTo(training.meanReturn100!, 1);
        training.close();
      }
    });
  },
);
