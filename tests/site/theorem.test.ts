// Scene 2: the numbers of the two-step MDP, against those worked out by hand.

import { expect, test } from "vitest";
import { numberOf } from "./browser.ts";
import { checkScene, setControl } from "./scene-checks.ts";

checkScene(
  {
    path: "scenes/theorem/",
    control: ["up0", "0.5", "up0=0.5"],
    number: "j",
    terms: ["first", "transition", "second", "return", "mean"],
  },
  (still) => {
    const number = async (name: string) =>
      numberOf((await still().page.locator(`[data-live="${name}"] .text`).textContent())!);
    const column = (table: string, k: number) =>
      still().page.locator(`#${table} tbody td:nth-child(${k})`).allTextContents();

    test("a transition changes p(τ) and J, and leaves the scores as they are", async () => {
      const { page, shows } = still();
      // Uniform policy, P(upper) = 0.8 and 0.3: J = ½(0.5 + 0) + 0.55 · ½(1 + 0) + 0.45 · ½(−1 + 3) = 0.975.
      await shows("j", "0.975");
      expect(await number("probability")).toBe(0.2); // ½ · 0.8 · ½
      expect(await number("score0")).toBe(0.5); // 1 − π(0|s₀)
      const scores = await column("score-table", 4);
      expect(scores).toEqual(["0.500", "−0.500", "0.500", "−0.500", "0.000", "0.000"]);

      await setControl(page, "up0", "0.5");
      await shows("j", "1.050"); // 0.25 + 0.4 · 0.5 + 0.6 · 1
      expect(await number("probability")).toBe(0.125); // ½ · 0.5 · ½
      expect(await column("score-table", 4)).toEqual(scores);

      await setControl(page, "first", "0.8");
      await shows("score0", "0.200"); // 1 − 0.8
    });

    test("∇J by the theorem is that over all trajectories", async () => {
      await still().shows("j", "0.975");
      const [byTheorem, byTrajectories] = [await column("score-table", 5), await column("score-table", 6)];
      // Of θ(s₀, 0) by hand: π(0)(1 − π(0))(Q(s₀,0) − Q(s₀,1)) = ¼ ((0.5 + 0.8·0.5 + 0.2·1) − (0.3·0.5 + 0.7·1)) = 0.0625.
      expect(byTheorem[0]).toBe("0.0625");
      expect(byTrajectories).toEqual(byTheorem);
    });

    test("four times the episodes halve the error", async () => {
      for (let i = 0; i < 8; i++) await still().step();
      const errors = (await column("error-table", 2)).slice(0, 8).map(numberOf);
      const expected = (await column("error-table", 3)).map(numberOf);
      expect(expected[0] / expected[2]).toBeCloseTo(2, 1);
      errors.forEach((error, i) => expect(error / expected[i]).toBeGreaterThan(0.75));
      errors.forEach((error, i) => expect(error / expected[i]).toBeLessThan(1.3));
    });
  },
);
