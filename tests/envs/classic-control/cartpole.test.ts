import { describe, expect, test } from "vitest";
import { CartPole } from "../../../src/envs/classic-control/cartpole.ts";
import { checkEnv, createStep, makeEnv, type Step } from "../../../src/envs/index.ts";
import { InputError, RunError } from "../../../src/errors.ts";
import { describeSpace } from "../../../src/spaces/index.ts";
import { describeGolden } from "../golden.ts";

describeGolden("CartPole-v1");
describeGolden("CartPole-v1-alternating");

describe("CartPole", () => {
  test("starts and moves as Gymnasium with seed 0 (numbers kept here)", () => {
    const env = new CartPole();
    const first = env.reset(0).observation;
    expect([...first]).toEqual([
      0.013696168549358845, -0.023021329194307327, -0.04590264707803726, -0.04834723472595215,
    ]);
    expect([...env.step(1).observation]).toEqual([
      0.013235742226243019, 0.17272774875164032, -0.04686959087848663, -0.3551521897315979,
    ]);
  });

  test("keeps the contract", async () => {
    expect(() => checkEnv(new CartPole())).not.toThrow();
    const env = await makeEnv("CartPole-v1");
    expect(() => checkEnv(env)).not.toThrow();
    expect(describeSpace(env.observationSpace)).toBe(
      "Box([-4.8, -inf, -0.418879, -inf]..[4.8, inf, 0.418879, inf], shape (4,))",
    );
  });

  test("earns 1 for each step, the falling one too, and nothing after", () => {
    const env = new CartPole();
    env.reset(3);
    const rewards: number[] = [];
    let result: Step<Float32Array>;
    do {
      result = env.step(1);
      rewards.push(result.reward);
    } while (!result.terminated);
    expect(new Set(rewards)).toEqual(new Set([1]));
    expect(env.step(1)).toMatchObject({ reward: 0, terminated: true });
    env.reset();
    expect(env.step(1)).toMatchObject({ reward: 1, terminated: false });
  });

  test("suttonBartoReward: 0 for each step, −1 for the fall", () => {
    const env = new CartPole({ suttonBartoReward: true });
    env.reset(3);
    let result = env.step(1);
    for (; !result.terminated; result = env.step(1)) expect(result.reward).toBe(0);
    expect(result.reward).toBe(-1);
  });

  test("hideVelocity: position and angle alone, of the same episode", () => {
    const [whole, hidden] = [new CartPole(), new CartPole({ hideVelocity: true })];
    expect(describeSpace(hidden.observationSpace)).toBe("Box([-4.8, -0.418879]..[4.8, 0.418879], shape (2,))");
    const positions = (observation: Float32Array): number[] => [observation[0], observation[2]];
    expect([...hidden.reset(4).observation]).toEqual(positions(whole.reset(4).observation));
    for (let t = 0; t < 8; t++) {
      const [a, b] = [whole, hidden].map((env) => env.step(t % 2));
      expect([...b.observation]).toEqual(positions(a.observation));
      expect(b).toMatchObject({ reward: a.reward, terminated: a.terminated });
    }
  });

  test("the registered one is truncated at 500 steps", async () => {
    const env = await makeEnv("CartPole-v1");
    // Balances well enough to get there: push to the side that the pole falls to.
    let observation = env.reset(0).observation;
    let result: Step | undefined;
    let steps = 0;
    do {
      result = env.step(3 * observation[2] + observation[3] + 0.1 * observation[0] + 0.2 * observation[1] > 0 ? 1 : 0);
      observation = result.observation as Float32Array;
      steps++;
    } while (!result.terminated && !result.truncated);
    expect({ steps, terminated: result.terminated, truncated: result.truncated }).toEqual({
      steps: 500,
      terminated: false,
      truncated: true,
    });
  });

  test("writes into out, which need not come from it", () => {
    const env = new CartPole();
    env.reset(1);
    const out = createStep(env.observationSpace) as Step<Float32Array>;
    const { observation } = out;
    expect(env.step(0, out)).toBe(out);
    expect(out.observation).toBe(observation);
    const twin = new CartPole();
    twin.reset(1);
    expect(out).toEqual(twin.step(0));
  });

  test("resets without any seed, each time elsewhere", () => {
    const [a, b] = [new CartPole(), new CartPole()];
    expect(a.reset().observation).not.toEqual(b.reset().observation);
    expect(a.reset().observation).not.toEqual(a.reset().observation);
  });

  test.each([2, -1, 0.5, NaN])("refuses the action %s", (action) => {
    const env = new CartPole();
    env.reset(0);
    expect(() => env.step(action)).toThrow(RunError);
  });

  test("says what is missing before the first reset", () => {
    expect(() => new CartPole().step(0)).toThrow(/before the first reset/);
    expect(() => new CartPole().getState()).toThrow(/before the first reset/);
  });

  test("refuses options that it does not have", async () => {
    await expect(makeEnv("CartPole-v1", { suttonBartoRewards: true })).rejects.toThrow(
      /no option "suttonBartoRewards". Did you mean "suttonBartoReward"\?/,
    );
    await expect(makeEnv("CartPole-v1", { suttonBartoReward: 1 })).rejects.toThrow(InputError);
  });
});
