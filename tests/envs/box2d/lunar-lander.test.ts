import { describe, expect, test } from "vitest";
import { packedCopy } from "../../packed-copy.ts";
import {
  checkEnv,
  createStep,
  createVectorEnv,
  envSpec,
  makeEnv,
  timeLimit,
  type Env,
  type Step,
} from "../../../src/envs/index.ts";
import { LunarLander } from "../../../src/envs/box2d/lunar-lander.ts";
import { solverLander } from "../../../src/envs/box2d/bodies/solver-lander.ts";
import { InputError, RunError } from "../../../src/errors.ts";
import { createGenerator, SeedSequence } from "../../../src/random/index.ts";
import { contains, describeSpace, sample, type Space } from "../../../src/spaces/index.ts";
import { loadPhysics } from "../../../src/physics/index.ts";
import { describeGolden } from "../golden.ts";
import { landerHeuristic } from "../heuristics.ts";
import { planckLander } from "../planck/lander.ts";

type Action = number | Float32Array;

const physics = await loadPhysics();

const lander = (options = {}): LunarLander => new LunarLander(solverLander(physics), options);

const furthest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));

// Landings and crashes too: the solver rounds as Box2D does.
for (const name of [
  "LunarLander-v3",
  "LunarLanderContinuous-v3",
  "LunarLander-v3-wind",
  "LunarLander-v3-heuristic-discrete",
  "LunarLander-v3-heuristic-continuous",
]) {
  describeGolden(name);
}

/** Plays an episode; all its observations and rewards, in one array. */
function play(env: Env, actions: (observation: Float32Array, t: number) => Action, seed?: number): number[] {
  let observation = env.reset(seed).observation as Float32Array;
  const seen = [...observation];
  for (let t = 0; t < 1000; t++) {
    const result = env.step(actions(observation, t));
    observation = result.observation as Float32Array;
    seen.push(...observation, result.reward);
    if (result.terminated || result.truncated) break;
  }
  return seen;
}

const randomActions = (space: Space, seed: number): (() => Action) => {
  const generator = createGenerator(seed);
  return () => sample(space, generator) as Action;
};

// Gymnasium's: the first observation of seed 0, and the next with the main engine on.
const firstObservation = [
  0.005706119351089001, 1.3990336656570435, 0.5779653191566467, -0.5282996892929077, -0.006605303846299648,
  -0.13091765344142914, 0, 0,
];
const second = [
  0.011433983221650124, 1.388000726699829, 0.5792570114135742, -0.490397572517395, -0.013001053594052792,
  -0.12792721390724182, 0, 0,
];

describe("LunarLander", () => {
  test("starts and flies as Gymnasium with seed 0 (numbers kept here)", () => {
    const env = lander();
    expect([...env.reset(0).observation]).toEqual(firstObservation);
    expect([...env.step(2).observation]).toEqual(second);
  });

  // Box2D in float64, by others: 1e-4 is what float32 makes of a flight, and a landing magnifies it.
  test.each([false, true])("flies and lands as with planck (continuous: %s)", (continuous) => {
    const [env, oracle] = [lander({ continuous }), new LunarLander(planckLander(), { continuous })];
    for (let seed = 0; seed < 10; seed++) {
      const act = randomActions(env.actionSpace, seed);
      let observation = env.reset(seed).observation;
      expect(furthest(observation, oracle.reset(seed).observation)).toBeLessThan(1e-6);
      let [touched, done, sum, expected] = [false, false, 0, 0];
      for (let t = 0; t < 1000 && !done; t++) {
        const action = seed % 2 === 0 ? landerHeuristic(observation, continuous) : act();
        const [result, other] = [env.step(action), oracle.step(action)];
        observation = result.observation;
        touched ||= observation[6] + observation[7] + other.observation[6] + other.observation[7] > 0;
        if (!touched) expect(furthest(observation, other.observation)).toBeLessThan(1e-3);
        sum += result.reward;
        expected += other.reward;
        done = result.terminated || other.terminated;
      }
      if (seed % 2 === 0) expect(Math.abs(sum - expected)).toBeLessThan(150);
    }
  });

  test.each([false, true])("keeps the contract (continuous: %s)", async (continuous) => {
    expect(() => checkEnv(lander({ continuous }))).not.toThrow();
    expect(() => checkEnv(lander({ continuous, enableWind: true }))).not.toThrow();
  });

  test("is registered with its limit, also as LunarLanderContinuous-v3", async () => {
    for (const id of ["LunarLander-v3", "LunarLanderContinuous-v3"]) {
      expect(envSpec(id)).toMatchObject({ maxEpisodeSteps: 1000, rewardThreshold: 200 });
    }
    const env = await makeEnv("LunarLander-v3");
    expect(describeSpace(env.actionSpace)).toBe("Discrete(4)");
    expect(describeSpace(env.observationSpace)).toBe(
      "Box([-2.5, -2.5, -10, -10, -6.28319, -10, 0, 0]..[2.5, 2.5, 10, 10, 6.28319, 10, 1, 1], shape (8,))",
    );
    expect(describeSpace((await makeEnv("LunarLanderContinuous-v3")).actionSpace)).toBe("Box(-1..1, shape (2,))");
    expect(describeSpace((await makeEnv("LunarLander-v3", { continuous: true })).actionSpace)).toMatch(/Box/);
  });

  test("an episode follows from its seed and actions, whatever was played before", () => {
    const actions = (observation: Float32Array): Action => landerHeuristic(observation, false);
    const [fresh, worn] = [lander(), lander()];
    for (let seed = 100; seed < 110; seed++) {
      if (seed % 2 === 0) play(worn, actions, seed);
      else play(worn, randomActions(worn.actionSpace, seed), seed);
    }
    worn.reset(5);
    for (let t = 0; t < 70; t++) worn.step(0); // in the middle of an episode, in contact
    for (const seed of [0, 3]) {
      expect(play(worn, actions, seed)).toEqual(play(fresh, actions, seed));
      expect(play(worn, randomActions(worn.actionSpace, 1), seed)).toEqual(
        play(lander(), randomActions(worn.actionSpace, 1), seed),
      );
    }
    // Without a seed the generator goes on where it is.
    for (const env of [worn, fresh]) play(env, actions, 7);
    expect(play(worn, actions)).toEqual(play(fresh, actions));
  });

  test.each([false, true])(
    "a saved vector goes on with the same bits, in contact too (continuous: %s)",
    (continuous) => {
      const vector = () =>
        createVectorEnv(
          [0, 1].map(() => timeLimit(lander({ continuous, enableWind: true }) as Env, 1000)),
          new SeedSequence(5),
        );
      const [one, other] = [vector(), vector()];
      one.reset();
      other.reset();
      const generator = createGenerator(0);
      const act = () =>
        continuous
          ? Float32Array.from({ length: 4 }, () => generator.uniform(-1, 1))
          : Int32Array.from({ length: 2 }, () => generator.integers(0, 4));
      let inContact = 0;
      for (let t = 0; t < 600; t++) {
        const touching = [0, 1].some((i) => one.observations[8 * i + 6] + one.observations[8 * i + 7] > 0);
        if ((touching && inContact++ < 5) || t % 150 === 149) {
          other.setState(packedCopy(one.getState()));
          expect(other.observations).toEqual(one.observations);
          for (let k = 0; k < 10; k++) {
            const actions = act();
            one.step(actions);
            other.step(actions);
            expect(other.observations).toEqual(one.observations);
            expect(other.rewards).toEqual(one.rewards);
          }
        }
        one.step(act());
      }
      expect(inContact).toBeGreaterThan(0);
    },
  );

  test.each([false, true])(
    "lands by rule of thumb (continuous: %s): over 200 on average, +100 at rest",
    (continuous) => {
      const env = lander({ continuous });
      const returns: number[] = [];
      for (let seed = 0; seed < 20; seed++) {
        let observation = env.reset(seed).observation;
        let result: Step<Float32Array>;
        let sum = 0;
        let steps = 0;
        do {
          result = env.step(landerHeuristic(observation, continuous));
          observation = result.observation;
          sum += result.reward;
        } while (!result.terminated && ++steps < 1000);
        if (result.terminated) expect(result.reward).toBe(Math.abs(observation[4]) < 0.3 ? 100 : -100);
        returns.push(sum);
      }
      expect(returns.reduce((a, b) => a + b) / returns.length).toBeGreaterThan(200);
    },
  );

  test("falling on the ground is a crash of −100", () => {
    const env = lander();
    env.reset(1);
    let result = env.step(0);
    while (!result.terminated) result = env.step(1);
    expect(result.reward).toBe(-100);
  });

  test("leaving sideways is −100, and observations stay within their space", () => {
    const env = lander({ continuous: true });
    env.reset(0);
    const out = createStep(env.observationSpace) as Step<Float32Array>;
    let top = 0;
    for (let t = 0; t < 1000; t++) {
      env.step(Float32Array.of(1, 0), out);
      expect(contains(env.observationSpace, out.observation)).toBe(true);
      top = Math.max(top, out.observation[1]);
      if (out.terminated) break;
    }
    expect(top).toBeGreaterThan(1.5);
    expect(out).toMatchObject({ terminated: true, reward: -100 });
    expect(Math.abs(out.observation[0])).toBeGreaterThanOrEqual(1);
  });

  test("the reward is the change of the potential, less 0.3 for full main thrust and 0.03 for a side engine", () => {
    const potential = ([x, y, velocityX, velocityY, angle, , left, right]: ArrayLike<number> &
      Iterable<number>): number =>
      10 * (left + right) - 100 * (Math.hypot(x, y) + Math.hypot(velocityX, velocityY) + Math.abs(angle));
    const env = lander({ continuous: true });
    let before = potential(env.reset(2).observation);
    const fuels: [action: number[], fuel: number][] = [
      [[-1, 0], 0],
      [[0, 0.5], 0],
      [[1, 0], 0.3],
      [[0.5, -0.5], 0.225],
      [[0.001, 0], 0.15015],
      [[-1, 0.75], 0.0225],
      [[-0.2, -1], 0.03],
      [[7, -9], 0.33], // clipped
    ];
    for (const [action, fuel] of fuels) {
      const { observation, reward } = env.step(Float32Array.from(action));
      const after = potential(observation);
      expect(after - before - reward, String(action)).toBeCloseTo(fuel, 4);
      before = after;
    }
  });

  test("wind blows until a leg touches the ground, as strong as it is told to", () => {
    const drift = (options: object): number => {
      const env = lander(options);
      env.reset(4);
      let observation = env.step(0).observation;
      for (let t = 0; t < 30; t++) observation = env.step(0).observation;
      return observation[2];
    };
    const still = drift({});
    expect(drift({ enableWind: true })).not.toBe(still);
    const [weak, strong] = [5, 20].map((windPower) => Math.abs(drift({ enableWind: true, windPower }) - still));
    expect(strong).toBeGreaterThan(2 * weak);
  });

  test("gravity pulls as it is told to", () => {
    const fall = (gravity: number): number => {
      const env = lander({ gravity });
      const before = env.reset(0).observation[3];
      for (let t = 0; t < 9; t++) env.step(0);
      return (before - env.step(0).observation[3]) / 10;
    };
    // v·(H/2)/50 of g/50 each step; the legs, which open meanwhile, take a little of it
    expect(fall(-10)).toBeCloseTo((10 / 50) * (20 / 3 / 50), 3);
    expect(fall(-2)).toBeCloseTo((2 / 50) * (20 / 3 / 50), 3);
  });

  test("writes into out, and gives fresh observations without it", () => {
    const [env, twin] = [lander(), lander()];
    env.reset(1);
    twin.reset(1);
    const out = createStep(env.observationSpace) as Step<Float32Array>;
    const { observation } = out;
    for (const action of [2, 1, 3, 0]) {
      expect(env.step(action, out)).toBe(out);
      expect(out.observation).toBe(observation);
      expect(out).toEqual(twin.step(action));
    }
    expect(twin.step(0).observation).not.toBe(twin.step(0).observation);
  });

  test.each([4, -1, 0.5, NaN, Float32Array.of(0, 0)])("discrete: refuses the action %s", (action) => {
    const env = lander();
    env.reset(0);
    expect(() => env.step(action)).toThrow(RunError);
  });

  test.each([0, [NaN, 0], [0, Infinity], [0], [0, 0, 0]])("continuous: refuses the action %s", (action) => {
    const env = lander({ continuous: true });
    env.reset(0);
    expect(() => env.step(typeof action === "number" ? action : Float32Array.from(action))).toThrow(RunError);
  });

  test("says what is missing before the first reset", () => {
    expect(() => lander().step(0)).toThrow(/before the first reset/);
  });

  test.each([
    [{ gravity: 0 }, /"gravity" is 0, but must be above -12 and below 0/],
    [{ gravity: -12 }, /gravity/],
    [{ gravity: NaN }, /gravity/],
    [{ windPower: -1 }, /"windPower" is -1/],
    [{ turbulencePower: Infinity }, /"turbulencePower" is Infinity/],
    [{ enable_wind: true }, /no option "enable_wind". Did you mean "enableWind"\?/],
    [{ continuous: 1 }, /"continuous" is 1, but must be a boolean/],
  ])("refuses the options %o", async (options, message) => {
    await expect(makeEnv("LunarLander-v3", options)).rejects.toThrow(message);
    await expect(makeEnv("LunarLander-v3", options)).rejects.toThrow(InputError);
  });
});
