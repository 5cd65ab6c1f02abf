// The event loop has its turn: how long it waits at most, whatever environments take, and that nothing depends on it.

import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import {
  box,
  createTraining,
  createTurns,
  discrete,
  evaluate,
  loadPolicy,
  runInTurns,
  type AlgorithmName,
  type Env,
  type Training,
} from "../../src/index.ts";

const numRuns = Number(process.env.POLGRAD_CASES ?? 8);

afterEach(() => void vi.restoreAllMocks());

let now = 1e9; // later than all that the real clock may have shown before

/** A clock that only the calls of environments move forward, and that is read at each turn of the event loop. */
function watchTurns() {
  let [last, longest, longestCall, watching] = [now, 0, 0, true];
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const turn = (): void => {
    longest = Math.max(longest, now - last);
    last = now;
  };
  const look = (): void => {
    if (!watching) return;
    turn();
    setImmediate(look);
  };
  setImmediate(look);
  return {
    take(milliseconds: number): void {
      now += milliseconds;
      longestCall = Math.max(longestCall, milliseconds);
    },
    /** The longest time between two turns during some work, and the longest call of an environment. */
    async during(work: () => Promise<unknown>) {
      turn();
      [longest, longestCall] = [0, 0];
      await work();
      turn();
      return { longest, longestCall };
    },
    end: () => void (watching = false),
  };
}

/** An environment each of whose calls takes its time. */
const timed = (take: (milliseconds: number) => void, times: readonly number[], length: number) => {
  let calls = 0;
  return (): Env => {
    let t = 0;
    return {
      observationSpace: box(-1, 1, [1]),
      actionSpace: discrete(2),
      reset() {
        take(times[calls++ % times.length]);
        t = 0;
        return { observation: [0], info: {} };
      },
      step(action: number) {
        take(times[calls++ % times.length]);
        return { observation: [t / length], reward: action, terminated: ++t === length, truncated: false, info: {} };
      },
    };
  };
};

const algorithms: Record<AlgorithmName, object> = {
  reinforce: { envs: 1 },
  "actor-critic": {},
  a2c: { rollout: 4 },
  a3c: { workers: 1, rollout: 7 },
  ppo: { rollout: 16, epochs: 1 },
  trpo: { rollout: 16, criticEpochs: 1 },
};

test("turns are at most 50 ms and one call of an environment apart, in every algorithm and in evaluations", async () => {
  const settings = fc.record({
    algorithm: fc.constantFrom(...(Object.keys(algorithms) as AlgorithmName[])),
    envs: fc.integer({ min: 1, max: 4 }),
    times: fc.array(fc.constantFrom(0, 0.01, 0.3, 2, 15, 40, 300, 2000), { minLength: 1, maxLength: 5 }),
    length: fc.integer({ min: 1, max: 12 }),
    normalizeObservations: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(settings, async ({ algorithm, envs, times, length, normalizeObservations }) => {
      const clock = watchTurns();
      const env = timed(clock.take, times, length);
      const options = { envs, hidden: [4], totalSteps: 100, evaluateEvery: 40, evaluateEpisodes: 2 };
      let training!: Training;
      const atFirst = await clock.during(async () => {
        training = await createTraining(algorithm, {
          env,
          ...options,
          normalizeObservations,
          ...algorithms[algorithm],
        });
      });
      const inTraining = await clock.during(async () => {
        const takeTurns = createTurns();
        while (!training.done) await runInTurns(training.updateInSlices(), takeTurns);
      });
      const policy = await loadPolicy(training.savePolicy());
      const inEvaluation = await clock.during(() => evaluate(policy, env, { episodes: 3 }));
      training.close();
      clock.end();
      for (const { longest, longestCall } of [atFirst, inTraining, inEvaluation])
        expect(longest).toBeLessThanOrEqual(50 + longestCall);
    }),
    { numRuns },
  );
});

test("pauses within steps change no bit", async () => {
  const settings = fc.record({
    algorithm: fc.constantFrom(...(Object.keys(algorithms) as AlgorithmName[])),
    envs: fc.integer({ min: 1, max: 4 }),
    length: fc.integer({ min: 1, max: 9 }),
  });
  await fc.assert(
    fc.asyncProperty(settings, async ({ algorithm, envs, length }) => {
      const finger = async (milliseconds: number): Promise<string> => {
        const clock = watchTurns();
        clock.end();
        const env = timed(clock.take, [milliseconds], length);
        const training = await createTraining(algorithm, {
          env,
          envs,
          hidden: [4],
          totalSteps: 60,
          ...algorithms[algorithm],
        });
        const reports = [];
        while (!training.done) reports.push(training.update());
        training.close();
        return JSON.stringify(reports) + training.weightsSha256();
      };
      expect(await finger(11)).toBe(await finger(0)); // a pause at every call, and none
    }),
    { numRuns },
  );
});
