// What a program gives along: callbacks and signals that are wrong, that throw, that take their time; environments that
// cannot be closed. None of it costs what was learned.

import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  box,
  createTraining,
  discrete,
  evaluate,
  InputError,
  type RunError,
  train,
  type Env,
} from "../../src/index.ts";
import { trainToRun } from "../../src/node.ts";

afterEach(() => void vi.restoreAllMocks());

const folder = (): string => mkdtempSync(join(tmpdir(), "polgrad-controls-"));

/** Ten steps an episode; `close` is counted, and then does what it is told to. */
function closing(onClose: () => unknown) {
  const closed = { count: 0 };
  const env = (): Env => {
    let t = 0;
    return {
      observationSpace: box(-1, 1, [1]),
      actionSpace: discrete(2),
      reset: () => ({ observation: [(t = 0)], info: {} }),
      step: (action) => ({
        observation: [0],
        reward: Number(action),
        terminated: ++t === 10,
        truncated: false,
        info: {},
      }),
      close() {
        closed.count++;
        return onClose() as undefined;
      },
    };
  };
  return { env, closed };
}

const small = {
  envs: 2,
  rollout: 8,
  hidden: [4],
  totalSteps: 64,
  normalizeObservations: false,
  normalizeRewards: false,
};
const broken = {
  throws: () => {
    throw new Error("the socket is gone");
  },
  rejects: () => Promise.reject(new Error("the socket is gone")),
  "throws no error": () => {
    throw "the socket is gone"; // oxlint-disable-line typescript/only-throw-error
  },
};

describe.each(Object.entries(broken))("an environment whose close %s", (_, onClose) => {
  test("costs train neither the policy nor the others their close", async () => {
    const { env, closed } = closing(onClose);
    const said: string[] = [];
    const onWarning = (message: string) => void said.push(message);
    const { summary, policy } = await train("a2c", {
      env,
      ...small,
      evaluateEvery: 32,
      evaluateEpisodes: 1,
      onWarning,
    });
    expect(summary.steps).toBe(64);
    expect(policy.act([0])).toBeTypeOf("number");
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed.count).toBe(3);
    const failures = said.filter((message) => message.includes("close() failed"));
    expect(failures, "alike, so they are told once").toHaveLength(1);
    expect(failures[0]).toMatch(/^a2c: .*the socket is gone$/);
  });

  test("nor an evaluation its result", async () => {
    const { env } = closing(onClose);
    const { policy } = await train("a2c", { env: closing(() => undefined).env, ...small });
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    expect((await evaluate(policy, env, { episodes: 2 })).lengths).toEqual([10, 10]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warn).toHaveBeenCalledTimes(1);
  });
});

test("a run folder is finished all the same, and keeps the warning", async () => {
  const { env } = closing(broken.throws);
  const said: string[] = [];
  const onWarning = (message: string) => void said.push(message);
  const { status, summary } = await trainToRun("a2c", { env, ...small }, { runDir: folder(), onWarning });
  expect(status).toBe("finished");
  expect(said).toHaveLength(1);
  const saved = JSON.parse(readFileSync(join(summary.run, "summary.json"), "utf8"));
  expect(saved).toMatchObject({ status: "finished", warnings: [said[0]] }); // once
});

test("close closes once, however often it is called", async () => {
  const { env, closed } = closing(() => undefined);
  const training = await createTraining("a2c", { env, ...small });
  training.close();
  training.close();
  expect(closed.count).toBe(2);
});

describe("callbacks", () => {
  const thrown = fc.constantFrom<unknown>(
    new Error("stop here"),
    new InputError("stop here"),
    Object.freeze(new TypeError("stop here")),
    "stop here",
  );
  const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  test("a promise of onUpdate is waited for before the next update", async () => {
    const { env } = closing(() => undefined);
    const order: string[] = [];
    const onUpdate = async ({ update }: { update: number }) => {
      order.push(`${update} begins`);
      await wait(2);
      order.push(`${update} ends`);
    };
    await train("a2c", { env, ...small, onUpdate });
    const expected = [1, 2, 3, 4].flatMap((n) => [`${n} begins`, `${n} ends`]);
    expect(order).toEqual(expected);
    order.length = 0;
    await trainToRun("a2c", { env, ...small }, { runDir: folder(), onUpdate });
    expect(order).toEqual(expected);
  });

  test("what onUpdate throws, at once or later, comes with the checkpoint of that update", async () => {
    await fc.assert(
      fc.asyncProperty(thrown, fc.boolean(), fc.integer({ min: 1, max: 4 }), async (error, later, at) => {
        const { env, closed } = closing(() => undefined);
        const fail = ({ update }: { update: number }): unknown => {
          if (update !== at) return undefined;
          if (later) return wait(1).then(() => Promise.reject(error));
          throw error;
        };
        const failure = (await train("a2c", { env, ...small, onUpdate: fail }).catch((e: unknown) => e)) as RunError;
        expect(failure.message).toBe("stop here");
        expect(closed.count).toBe(2);
        const { summary } = await train("a2c", { env, ...small, resume: failure.checkpoint });
        expect(summary.steps).toBe(64);
        const again = await createTraining("a2c", { env, ...small }, failure.checkpoint);
        expect(again.updates).toBe(at);
        again.close();
      }),
      { numRuns: Number(process.env.POLGRAD_CASES ?? 8) },
    );
  });

  test.each(["onStart", "onUpdate"] as const)("a run whose %s rejects names its last checkpoint", async (name) => {
    const { env } = closing(() => undefined);
    const settings = { runDir: folder(), [name]: () => Promise.reject(new Error("stop here")) };
    await expect(trainToRun("a2c", { env, ...small }, settings)).rejects.toThrow(
      /^stop here\nThe last good checkpoint, of step \d+, is .*last\.safetensors$/,
    );
  });

  test("are functions, or refused before anything is made", async () => {
    const { env, closed } = closing(() => undefined);
    for (const wrong of [5, "log", {}, null]) {
      const onUpdate = wrong as never;
      await expect(train("a2c", { env, ...small, onUpdate })).rejects.toThrow(/option "onUpdate" is .*a function/);
      await expect(trainToRun("a2c", { env, ...small }, { onStart: onUpdate })).rejects.toThrow(/"onStart" is/);
    }
    expect(closed.count).toBe(0);
  });
});

describe("signals", () => {
  test("are AbortSignals, or refused before anything is made", async () => {
    const { env, closed } = closing(() => undefined);
    const { policy } = await train("a2c", { env, ...small });
    closed.count = 0;
    for (const wrong of [true, 5, "abort", null, {}, () => true, new AbortController()]) {
      const signal = wrong as never;
      await expect(train("a2c", { env, ...small, signal })).rejects.toThrow(/option "signal" is .*an AbortSignal/);
      await expect(trainToRun("a2c", { env, ...small }, { signal })).rejects.toThrow(InputError);
      await expect(evaluate(policy, env(), { signal })).rejects.toThrow(InputError);
    }
    expect(closed.count).toBe(0);
    const controller = new AbortController() as unknown as AbortSignal;
    await expect(train("a2c", { env, ...small, signal: controller })).rejects.toThrow("give its property signal");
  });

  test("one that is aborted already ends a training before its first update, and leaves all there is", async () => {
    const { env } = closing(() => undefined);
    const { summary, checkpoint } = await train("a2c", { env, ...small, signal: AbortSignal.abort() });
    expect(summary.steps).toBe(0);
    const all = await train("a2c", { env, ...small });
    expect((await train("a2c", { env, ...small, resume: checkpoint })).summary.weightsSha256).toBe(
      all.summary.weightsSha256,
    );
    const run = await trainToRun("a2c", { env, ...small }, { runDir: folder(), signal: AbortSignal.abort() });
    expect(run.status).toBe("interrupted");
  });
});
