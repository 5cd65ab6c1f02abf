import { describe, expect, test } from "vitest";
import { BipedalWalker, createBipedalWalker } from "../../../src/envs/box2d/bipedal-walker.ts";
import { solverWalker } from "../../../src/envs/box2d/bodies/solver-walker.ts";
import { terrainStep, type Block, type WalkerPhysics } from "../../../src/envs/box2d/bodies/walker-physics.ts";
import { checkEnv, createStep, envSpec, makeEnv, type Step } from "../../../src/envs/index.ts";
import { InputError, RunError } from "../../../src/errors.ts";
import { createGenerator } from "../../../src/random/index.ts";
import { contains, describeSpace, sample } from "../../../src/spaces/index.ts";
import { loadPhysics } from "../../../src/physics/index.ts";
import { goldenEnv } from "../golden.ts";
import { walkerHeuristic } from "../heuristics.ts";
import { planckWalker } from "../planck/walker.ts";

const physics = await loadPhysics();

const walker = (options = {}): BipedalWalker => new BipedalWalker(solverWalker(physics), options);

const furthest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));

describe("BipedalWalker-v3 against Gymnasium", () => {
  const golden = goldenEnv<number[], number[]>("BipedalWalker-v3");
  // Gymnasium goes on in the world of the episode before, and takes contacts in an order that depends on all that was
  // destroyed in it. Here each episode has a world of its own; third episodes are where that shows.
  const episodes = 2;
  test.skipIf(!golden)(
    "every bit of two episodes, and of every start (skipped where ../shared/golden is missing)",
    async () => {
      expect(golden!.trajectories.length).toBeGreaterThan(0);
      const env = await createBipedalWalker();
      for (const { seed, reset_obs, actions, obs, rewards, terminated, resets } of golden!.trajectories) {
        expect([...env.reset(seed).observation]).toEqual(reset_obs);
        const starts = new Map(resets!.map((reset) => [reset.step, reset.obs]));
        let episode = 1;
        for (const [t, action] of actions.entries()) {
          const result = env.step(Float32Array.from(action));
          if (episode <= episodes) {
            expect({ t, ...result, observation: [...result.observation] }).toEqual({
              t,
              observation: obs[t],
              reward: rewards[t],
              terminated: terminated[t],
              truncated: false,
              info: {},
            });
          }
          if (!starts.has(t)) continue;
          episode++;
          expect([...env.reset().observation]).toEqual(starts.get(t));
        }
      }
    },
  );
});

/** Plays an episode; all its observations and rewards, in one array. */
function play(env: BipedalWalker, act: (observation: Float32Array) => Float32Array, seed?: number): number[] {
  let { observation } = env.reset(seed);
  const seen = [...observation];
  for (let t = 0; t < 300; t++) {
    const result = env.step(act(observation));
    observation = result.observation;
    seen.push(...observation, result.reward);
    if (result.terminated) break;
  }
  return seen;
}

const randomActions = (seed: number): (() => Float32Array) => {
  const generator = createGenerator(seed);
  const { actionSpace } = walker();
  return () => sample(actionSpace, generator);
};

describe("BipedalWalker", () => {
  test.each([false, true])("keeps the contract (hardcore: %s)", (hardcore) => {
    expect(() => checkEnv(walker({ hardcore }))).not.toThrow();
  });

  test("is registered with its limits, also as BipedalWalkerHardcore-v3", async () => {
    expect(envSpec("BipedalWalker-v3")).toMatchObject({ maxEpisodeSteps: 1600, rewardThreshold: 300 });
    expect(envSpec("BipedalWalkerHardcore-v3")).toMatchObject({ maxEpisodeSteps: 2000, rewardThreshold: 300 });
    const env = await makeEnv("BipedalWalker-v3");
    expect(describeSpace(env.actionSpace)).toBe("Box(-1..1, shape (4,))");
    const { observationSpace } = walker();
    expect(observationSpace.shape).toEqual([24]);
    const leg = [Math.fround(Math.PI), 5, Math.fround(Math.PI), 5, 5];
    const ones = Array<number>(10).fill(1);
    expect([...observationSpace.high]).toEqual([Math.fround(Math.PI), 5, 5, 5, ...leg, ...leg, ...ones]);
    expect(observationSpace.low[8]).toBe(0);
    expect(await makeEnv("BipedalWalkerHardcore-v3")).toBeDefined();
  });

  test("an episode follows from its seed and actions, whatever was played before", () => {
    const [fresh, worn] = [walker(), walker()];
    for (let seed = 100; seed < 104; seed++) play(worn, seed % 2 === 0 ? walkerHeuristic() : randomActions(seed), seed);
    expect(play(worn, walkerHeuristic(), 0)).toEqual(play(fresh, walkerHeuristic(), 0));
    expect(play(worn, walkerHeuristic())).toEqual(play(fresh, walkerHeuristic()));
    expect(play(worn, randomActions(1), 3)).toEqual(play(walker(), randomActions(1), 3));
  });

  // Box2D in float64, by others. Feet are on the ground from the start, and what they do there is chaotic.
  test.each([false, true])("takes its first steps as with planck (hardcore: %s)", (hardcore) => {
    const [env, oracle] = [walker({ hardcore }), new BipedalWalker(planckWalker(), { hardcore })];
    for (let seed = 0; seed < 5; seed++) {
      const act = randomActions(seed);
      expect(furthest(env.reset(seed).observation, oracle.reset(seed).observation)).toBeLessThan(1e-5);
      for (let t = 0; t < 20; t++) {
        const action = act();
        const [result, other] = [env.step(action), oracle.step(action)];
        expect(furthest(result.observation, other.observation), `step ${t} of seed ${seed}`).toBeLessThan(1e-3);
      }
    }
  });

  test("walks by rule of thumb, and earns 300 for the way without its tilt and torques", () => {
    const env = walker();
    const rule = walkerHeuristic();
    let { observation } = env.reset(0);
    let result: Step<Float32Array>;
    let [sum, effort, steps, way] = [0, 0, 0, 0];
    const tilt = -5 * Math.abs(observation[0]);
    do {
      const action = rule(observation);
      for (const component of action) effort += 0.00035 * 80 * Math.abs(component);
      result = env.step(action);
      observation = result.observation;
      way += observation[2] / ((0.3 * 20) / 50) / 50;
      sum += result.reward;
    } while (!result.terminated && ++steps < 500);
    expect(steps).toBe(500);
    const expected = (130 / 30) * way - 5 * Math.abs(observation[0]) - tilt - effort;
    // Where contacts push it out of the ground, the hull moves without a velocity.
    expect(Math.abs(sum - expected)).toBeLessThan(0.05 * Math.abs(expected));
  });

  test("falling on the hull is −100", () => {
    const env = walker();
    env.reset(2);
    const fold = Float32Array.of(1, 1, 1, 1);
    let result = env.step(fold);
    for (let t = 0; !result.terminated && t < 500; t++) result = env.step(fold);
    expect(result).toMatchObject({ terminated: true, reward: -100 });
  });

  test("observations stay within their space, rays between 0 and 1", () => {
    for (const hardcore of [false, true]) {
      const env = walker({ hardcore });
      const act = randomActions(7);
      const out = createStep(env.observationSpace) as Step<Float32Array>;
      for (let seed = 0; seed < 3; seed++) {
        env.reset(seed);
        for (let t = 0; t < 150; t++) {
          env.step(act(), out);
          expect(contains(env.observationSpace, out.observation)).toBe(true);
          expect(out.observation.subarray(14).every((fraction) => fraction > 0 && fraction <= 1)).toBe(true);
          if (out.terminated) break;
        }
      }
    }
  });

  test("actions beyond −1 … 1 are clipped", () => {
    const ends = [Float32Array.of(3, -7, 2, -1), Float32Array.of(1, -1, 1, -1)].map((action) => {
      const env = walker();
      env.reset(0);
      return env.step(action);
    });
    expect(ends[0]).toEqual(ends[1]);
  });

  test("the ground is level at first and uneven then; in hardcore mode it has stumps, stairs and pits", () => {
    const bodies = solverWalker(physics);
    let ground: number[] = [];
    let blocks: readonly Block[] = [];
    const spy = Object.create(bodies, {
      reset: {
        value: (heights: ArrayLike<number>, obstacles: readonly Block[], y: number) => {
          ground = Array.from(heights);
          blocks = obstacles;
          bodies.reset(heights, obstacles, y);
        },
      },
    }) as WalkerPhysics;
    const [plain, hard] = [new BipedalWalker(spy), new BipedalWalker(spy, { hardcore: true })];
    let [wide, deep, stairs] = [0, 0, 0];
    for (let seed = 0; seed < 5; seed++) {
      plain.reset(seed);
      expect(ground).toHaveLength(200);
      expect(new Set(ground.slice(0, 20))).toEqual(new Set([400 / 30 / 4]));
      expect(new Set(ground.slice(21)).size).toBeGreaterThan(100);
      expect(ground.every((y, i) => i === 0 || Math.abs(y - ground[i - 1]) < 0.5)).toBe(true);
      expect(blocks).toEqual([]);
      hard.reset(seed);
      expect(blocks.length).toBeGreaterThan(5);
      for (const { left, right, bottom, top } of blocks) {
        expect(left).toBeGreaterThan(19 * terrainStep);
        const [width, height] = [right - left, top - bottom].map(
          (size) => Math.round((size / terrainStep) * 1e6) / 1e6,
        );
        expect(["1 4", "1 1", "2 2", "4 1"]).toContain(`${width} ${height}`); // pit, two stumps, a stair
        if (height === 4) deep++;
        else if (width === 4) stairs++;
        else wide++;
      }
    }
    expect(Math.min(wide, deep, stairs)).toBeGreaterThan(0);
  });

  test.each([0, [NaN, 0, 0, 0], [0, 0, 0], [0, 0, 0, Infinity]])("refuses the action %s", (action) => {
    const env = walker();
    env.reset(0);
    const given = (typeof action === "number" ? action : Float32Array.from(action)) as Float32Array;
    expect(() => env.step(given)).toThrow(RunError);
  });

  test("says what is missing before the first reset", () => {
    expect(() => walker().step(new Float32Array(4))).toThrow(/before the first reset/);
  });

  test("refuses options that it does not have", async () => {
    await expect(makeEnv("BipedalWalker-v3", { hard: true })).rejects.toThrow(/no option "hard". Did you mean/);
    await expect(makeEnv("BipedalWalker-v3", { hardcore: 1 })).rejects.toThrow(InputError);
  });
});
