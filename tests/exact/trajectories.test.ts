import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { countTrajectories, policyOf, sampleTrajectory, trajectories } from "../../src/exact/index.ts";
import { createGenerator } from "../../src/random/index.ts";
import { goesOn, lake, randomTheta, terrace, twoSteps } from "./mdps.ts";

const policy = [0.25, 0.75, 0.5, 0.5, 0.2, 0.8, 0.5, 0.5];

describe("all trajectories", () => {
  test("of TwoStep: eight, hand-computed", () => {
    const all = trajectories(twoSteps(), policy);
    expect(all).toHaveLength(8);
    // s₀, action 1 (3/4), to the second middle state (0.7), action 0 there (1/5): 0 and −1.
    expect(all.find((x) => x.actions.join() === "1,0" && x.states[1] === 2)).toEqual({
      probability: 0.75 * 0.7 * 0.2,
      states: [0, 2],
      actions: [1, 0],
      rewards: Float64Array.of(0, -1),
      nextStates: [2, 3],
      terminated: true,
    });
    expect(all.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 15);
  });

  test.each([[1, 0], [3, 0], [4, 2], [2, 1.5]])("of Terraces with length %i and noise %f: 2·(2·2·k)^length", (length, noise) => {
    const mdp = terrace({ length, noise });
    const uniform = policyOf(new Float64Array(2 * mdp.states), mdp);
    const expected = 2 * (4 * (noise > 0 ? 2 : 1)) ** length;
    expect(countTrajectories(mdp, uniform)).toEqual({ ended: expected, open: 0 });
    const all = trajectories(mdp, uniform);
    expect(all).toHaveLength(expected);
    expect(new Set(all.map((x) => JSON.stringify([x.states, x.actions, [...x.rewards], x.nextStates]))).size).toBe(expected);
    expect(all.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
  }); // prettier-ignore

  test("none of probability 0", () => {
    const mdp = twoSteps({ transitions: [[1, 0], [0, 1]] }); // prettier-ignore
    expect(trajectories(mdp, policy)).toHaveLength(4);
    expect(trajectories(mdp, [1, 0, 1, 0, 1, 0, 1, 0]).map(({ actions }) => actions)).toEqual([[0, 0]]);
  });

  test("refuses episodes that need not end, and too many, with their number, at once", () => {
    const uniform = new Float64Array(64).fill(0.25);
    expect(() => trajectories(lake(), uniform)).toThrow(InputError);
    expect(() => trajectories(lake(), uniform)).toThrow(/need not end within 100 steps, by which 8\.6e95 trajectories have ended and 3\.0e96 go on/); // prettier-ignore
    // One ends and one goes on with each step.
    expect(() => trajectories(goesOn, [0.5, 0.5], { longest: 30 })).toThrow(/within 30 steps, by which 30 trajectories have ended and 1 go on/); // prettier-ignore
    expect(() => trajectories(twoSteps(), policy, { most: 7 })).toThrow(/there are 8, and at most 7 are allowed/);
    expect(() => trajectories(twoSteps(), policy, { longest: 1 })).toThrow(/by which 0 trajectories have ended and 4 go on/); // prettier-ignore
    expect(() => trajectories(twoSteps(), policy, { longest: 0 })).toThrow(/"longest" is 0/);
    expect(() => trajectories(twoSteps(), [0, 0], {})).toThrow(InputError);
  });
});

describe("drawn trajectories", () => {
  test("come as often as their probabilities say, and know them", () => {
    const mdp = twoSteps();
    const all = trajectories(mdp, policy);
    const key = ({ states, actions }: { states: readonly number[]; actions: readonly number[] }) => `${states} ${actions}`;
    const counts = new Map(all.map((trajectory) => [key(trajectory), 0]));
    const generator = createGenerator(1);
    const n = 8000;
    for (let i = 0; i < n; i++) {
      const drawn = sampleTrajectory(mdp, policy, generator);
      counts.set(key(drawn), counts.get(key(drawn))! + 1);
      if (i < 20) expect(all.find((x) => key(x) === key(drawn))).toEqual(drawn);
    }
    const chiSquared = all.reduce((sum, x) => sum + (counts.get(key(x))! - n * x.probability) ** 2 / (n * x.probability), 0);
    expect(chiSquared).toBeLessThan(24.3); // 0.1 % of 7 degrees of freedom
  }); // prettier-ignore

  test("are the same from the same seed, and cut off where they last too long", () => {
    const mdp = lake();
    const walking = policyOf(randomTheta(mdp, 1), mdp);
    const draw = (longest?: number) => sampleTrajectory(mdp, walking, createGenerator(3), { longest });
    expect(draw()).toEqual(draw());
    expect(draw()).toMatchObject({ terminated: true });
    expect(draw(1)).toMatchObject({ terminated: false, states: [0], nextStates: draw().states.slice(1, 2) });
    expect(sampleTrajectory(goesOn, [0, 1], createGenerator(0)).rewards).toHaveLength(10_000);
  });
});
