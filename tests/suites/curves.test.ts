import { describe, expect, test } from "vitest";
import { learningCurves, stepsToGoal } from "../../src/suites/curves.ts";

/** Episodes of `length` steps up to `steps`, whose return is a function of the step at which they end. */
function run(steps: number, length: number, value: (step: number) => number) {
  const episodes = Array.from({ length: Math.floor(steps / length) }, (_, i) => {
    const step = (i + 1) * length;
    return { step, return: value(step), length };
  });
  return { steps, episodes };
}

describe("learning curves", () => {
  test("average the episodes of the last twentieth of the run at a hundred steps", () => {
    const curve = learningCurves([run(1000, 10, (step) => step)]);
    expect(curve.map(({ step }) => step)).toEqual(Array.from({ length: 100 }, (_, i) => 10 * (i + 1)));
    expect(curve[0].mean).toBe(10);
    expect(curve.at(-1)!.mean).toBe((960 + 970 + 980 + 990 + 1000) / 5);
    expect(curve[49].mean).toBe((460 + 470 + 480 + 490 + 500) / 5);
  });

  test("keep the value where no episode ended, and begin where every seed has one", () => {
    const curve = learningCurves([run(1000, 200, (step) => step), run(1000, 10, () => 0)]);
    expect(curve[0]).toMatchObject({ step: 200, mean: 100, values: [200, 0] });
    expect(curve.find(({ step }) => step === 390)).toMatchObject({ values: [200, 0] });
    expect(curve.find(({ step }) => step === 400)).toMatchObject({ values: [400, 0] });
  });

  test("end with the shortest run", () => {
    const curve = learningCurves([run(1000, 10, () => 1), run(500, 10, () => 3)]);
    expect(curve.at(-1)).toMatchObject({ step: 500, mean: 2, interval: [1, 3] });
  });

  test("of one seed have no interval; of none, or without an episode, no points", () => {
    expect(learningCurves([run(1000, 10, () => 1)])[5].interval).toBeNull();
    expect(learningCurves([])).toEqual([]);
    expect(learningCurves([{ steps: 1000, episodes: [] }])).toEqual([]);
  });
});

describe("steps to the goal", () => {
  test("count from the hundredth episode", () => {
    expect(stepsToGoal(run(2000, 10, () => 5).episodes, 5)).toBe(1000);
    expect(stepsToGoal(run(990, 10, () => 5).episodes, 5)).toBeNull();
  });

  test("are where the mean of a hundred first is the target", () => {
    const { episodes } = run(3000, 10, (step) => (step > 1500 ? 10 : 0));
    expect(stepsToGoal(episodes, 10)).toBe(2500);
    expect(stepsToGoal(episodes, 5)).toBe(2000);
    expect(stepsToGoal(episodes, 11)).toBeNull();
  });
});
