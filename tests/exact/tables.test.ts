import { describe, expect, test } from "vitest";
import { makeEnv, timeLimit, type Env, type Mdp } from "../../src/envs/index.ts";
import { InputError } from "../../src/errors.ts";
import { mdpOf, values } from "../../src/exact/index.ts";
import { readTables } from "../../src/exact/tables.ts";
import { discrete } from "../../src/spaces/index.ts";
import { cliff, goesOn, lake } from "./mdps.ts";

describe("mdpOf", () => {
  test.each([
    ["FrozenLake-v1", 16, 4],
    ["CliffWalking-v1", 48, 4],
    ["TwoStep-v0", 4, 2],
    ["Terraces-v0", 10, 2],
  ])("%s has tables, through its time limit", async (id, states, actions) => {
    expect(mdpOf(await makeEnv(id, { maxEpisodeSteps: 50 }))).toMatchObject({ states, actions });
  });

  test("an environment of one's own", () => {
    const env = { observationSpace: discrete(1), actionSpace: discrete(2), mdp: goesOn } as unknown as Env;
    expect(mdpOf(env)).toBe(goesOn);
    const shifted = { ...env, observationSpace: discrete(1, 5) };
    expect(() => mdpOf(shifted)).toThrow(
      /tables have 1 states and 2 actions, but its spaces are Discrete\(1, start 5\) and Discrete\(2\)/,
    );
  });

  test("says what is needed where there are none", async () => {
    const env = await makeEnv("CartPole-v1");
    expect(() => mdpOf(timeLimit(env, 5))).toThrow(InputError);
    expect(() => mdpOf(env)).toThrow(/no tables: exact results need a finite MDP, as FrozenLake-v1, .* member `mdp`/);
    expect(() => mdpOf(undefined as unknown as Env)).toThrow(InputError);
  });
});

describe("reading tables", () => {
  test("equal outcomes are one: on the lake's edge two slips stay where they were", () => {
    const { outcomes } = readTables(lake());
    const left = [...outcomes[0]].sort((a, b) => a.next - b.next);
    expect(left.map(({ next }) => next)).toEqual([0, 4]); // left and up stay, down leads to 4
    expect(left[0].probability).toBeCloseTo(2 / 3, 15);
  });

  test("open states are those in which an episode can go on: not the goal, nor the cliff", () => {
    expect(readTables(cliff()).open).toEqual(Array.from({ length: 37 }, (_, s) => s));
    expect(readTables(lake()).open).toEqual([0, 1, 2, 3, 4, 6, 8, 9, 10, 13, 14]);
  });

  const row = (parts: object) => ({ ...goesOn, outcomes: () => [{ probability: 1, next: 0, reward: 0, terminated: true, ...parts }] }); // prettier-ignore
  test.each<[unknown, RegExp]>([
    [null, /states is undefined/],
    ["tables", /states is undefined/],
    [{ ...goesOn, actions: 0 }, /actions is 0, but must be a whole number of at least 1/],
    [{ ...goesOn, start: [0.5, 0.5] }, /start must have 1 probabilities/],
    [{ ...goesOn, start: [0.5] }, /start: the probabilities sum to 0.5/],
    [{ ...goesOn, outcomes: [] }, /outcomes is an array, but must be a function/],
    [{ ...goesOn, outcomes: () => undefined }, /outcomes\(0, 0\) is undefined, but must be a list/],
    [{ ...goesOn, outcomes: () => [] }, /outcomes\(0, 0\): the probabilities sum to 0/],
    [{ ...goesOn, outcomes: () => { throw new Error("oh"); } }, /outcomes\(0, 0\) threw oh/], // prettier-ignore
    [row({ probability: 0.9 }), /outcomes\(0, 0\): the probabilities sum to 0.9/],
    [row({ probability: NaN }), /probability 0 is NaN/],
    [row({ next: 1 }), /leads to state 1, but states are 0 … 0/],
    [row({ reward: Infinity }), /has the reward Infinity/],
    [row({ terminated: 1 }), /has terminated 1/],
  ])("refuses %j", (mdp, message) => {
    expect(() => values(mdp as Mdp, [1, 0], 0.9)).toThrow(message);
    expect(() => values(mdp as Mdp, [1, 0], 0.9)).toThrow(InputError);
  });
});
