// Scene 5: the variance and the mean of the estimates, against the library in Node and by hand.

import { expect, test } from "vitest";
import { exact } from "../../src/index.ts";
import { randomTheta, terracesMdp } from "../../src/experiments/small-mdps.ts";
import { numberOf } from "./browser.ts";
import { checkScene, setControl } from "./scene-checks.ts";

checkScene(
  {
    path: "scenes/baselines/",
    control: ["kind", "value", "kind=value"],
    number: "bias",
    terms: ["score", "return", "baseline", "mean"],
  },
  (still) => {
    const cells = async (row: number) =>
      (await still().page.locator(`#lanes tbody tr:nth-child(${row}) td`).allTextContents()).map(numberOf);
    const settles = (spread: string) =>
      still().page.waitForFunction(
        (spread) => document.querySelector("#lanes tbody td:nth-child(3)")!.textContent === spread,
        spread,
      );

    test("b changes the variance as Node has it, and neither mean nor ∇J", async () => {
      const { page, step } = still();
      const mdp = terracesMdp({ length: 3, noise: 1 });
      const raised = { ...mdp, outcomes: (s: number, a: number) => mdp.outcomes(s, a).map((o) => ({ ...o, reward: o.reward + 2 })) }; // prettier-ignore
      const theta = randomTheta(mdp, 2);
      const spread = (baseline: number) =>
        exact.moments(raised, theta, exact.estimators.constantBaseline({ gamma: 1, baseline })).variance;
      await settles(spread(3).toFixed(3));
      await step();
      for (const b of ["0", "4.5", "12"]) {
        await setControl(page, "b", b);
        await settles(spread(Number(b)).toFixed(3));
        expect((await cells(1))[0]).toBeCloseTo(spread(0), 3);
        expect(await cells(2)).toEqual([0, 0]); // no bias
      }
      const value = exact.moments(raised, theta, exact.estimators.valueBaseline({ gamma: 1 })).variance;
      await setControl(page, "kind", "value");
      await settles(value.toFixed(3));
      expect(value).toBeLessThan(spread(4.5));
      expect(await cells(2)).toEqual([0, 0]);
    });

    test("what is taken off each G of an episode is b; G by hand", async () => {
      const { page, step } = still();
      await setControl(page, "noise", "0");
      await page.waitForTimeout(300);
      await step();
      const rows = await page.locator("#episode tbody tr").all();
      const episode = await Promise.all(
        rows.map(async (row) => (await row.locator("td").allTextContents()).map(numberOf)),
      );
      expect(episode).toHaveLength(3);
      const rewards = episode.map((row) => row[2]);
      episode.forEach(([, , reward, goes, taken, left], t) => {
        expect([2, 3]).toContain(reward); // 2, and 1 more on the upper terrace
        expect(goes).toBe(rewards.slice(t).reduce((sum, r) => sum + r, 0));
        expect(taken).toBe(3);
        expect(left).toBe(goes - 3);
      });
    });
  },
);
