import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluateRun, playRun, trainToRun, writeAnimation, type Moment, type PlayRunOptions } from "../../src/node.ts";
import { createStep, makeEnv } from "../../src/envs/index.ts";
import { InputError } from "../../src/errors.ts";
import { xmlProblem } from "./animation/well-formed.ts";

let folder: string;
let run: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "polgrad-play-"));
  ({ run } = (await trainToRun("ppo", { env: "CartPole-v1", totalSteps: 600 }, { runDir: folder })).summary);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function moments(options: PlayRunOptions = {}): Promise<Moment[]> {
  const all: Moment[] = [];
  for await (const moment of playRun(run, options)) all.push(moment);
  return all;
}

describe("playRun", () => {
  test.each([true, false])("plays the episodes that evaluateRun plays (deterministic: %s)", async (deterministic) => {
    const options = { episodes: 3, seed: 7, deterministic };
    const { returns, lengths } = await evaluateRun(run, options);
    const ends = (await moments(options)).filter(({ over }) => over);
    expect(ends.map((end) => end.return)).toEqual(returns);
    expect(ends.map(({ step }) => step)).toEqual(lengths);
    expect(ends.map(({ episode }) => episode)).toEqual([1, 2, 3]);
  });

  test("forgets between episodes, where the policy has a memory", async () => {
    const options = { env: "CartPole-v1", totalSteps: 600, memory: "gru", hidden: [8], memorySize: 8, rollout: 16 };
    const { summary } = await trainToRun("ppo", options, { runDir: folder });
    const { lengths } = await evaluateRun(summary.run, { episodes: 4 });
    const ends: Moment[] = [];
    for await (const moment of playRun(summary.run, { episodes: 4 })) if (moment.over) ends.push(moment);
    expect(ends.map(({ step }) => step)).toEqual(lengths);
  });

  test("gives what was seen at each step, the first one before any action", async () => {
    const [first, second, third] = await moments();
    expect(first).toMatchObject({ env: "CartPole-v1", step: 0, action: null, reward: 0, return: 0, over: false });
    expect(second).toMatchObject({ step: 1, reward: 1, return: 1 });
    expect(second.observation).not.toEqual(third.observation);
    expect(second.drawing).not.toEqual(third.drawing);
  });

  test("leaves an episode after maxSteps", async () => {
    const all = await moments({ maxSteps: 4, episodes: 2 });
    expect(all.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
    expect(all[4]).toMatchObject({ over: true, terminated: false, truncated: false });
  });

  test("stops when it is told to", async () => {
    const controller = new AbortController();
    let seen = 0;
    for await (const { step } of playRun(run, { signal: controller.signal })) {
      seen++;
      if (step === 2) controller.abort();
    }
    expect(seen).toBe(3);
  });

  test("refuses a run that is not there, and one of another environment", async () => {
    await expect(playRun(join(folder, "missing")).next()).rejects.toThrow(InputError);
    await expect(playRun(run, { env: "Acrobot-v1" }).next()).rejects.toThrow(/it was trained on another environment/);
  });

  test("says where an environment breaks its contract", async () => {
    const env = async () => {
      const cartPole = await makeEnv("CartPole-v1");
      return {
        ...cartPole,
        reset: cartPole.reset.bind(cartPole),
        step: () => ({ ...createStep(cartPole.observationSpace), reward: NaN }),
      };
    };
    const playing = playRun(run, { env });
    await playing.next();
    await expect(playing.next()).rejects.toThrow(/^CartPole-v1, step 1 of an episode with seed \d+: the reward is NaN/);
  });
});

test("an environment may draw into the same object each time", async () => {
  const circle = { kind: "circle" as const, x: 0, y: 0, radius: 1, fill: "body" as const };
  const drawing = { view: { x: 0, y: 0, width: 1, height: 1 }, shapes: [circle] };
  const env = async () => {
    const cartPole = await makeEnv("CartPole-v1");
    const step = cartPole.step.bind(cartPole);
    const draw = () => (circle.x++, drawing);
    return { ...cartPole, reset: cartPole.reset.bind(cartPole), step, draw };
  };
  const seen = [];
  for await (const moment of playRun(run, { env, maxSteps: 3 })) seen.push(moment.drawing);
  expect(seen.map((d) => d!.shapes[0])).toEqual([1, 2, 3, 4].map((x) => ({ ...circle, x })));
});

describe("writeAnimation", () => {
  test("writes an SVG or a GIF by the name's end, and gives its size", async () => {
    const [svg, gif] = [join(folder, "a.svg"), join(folder, "a.GIF")];
    const size = await writeAnimation(run, svg, { maxSteps: 20 });
    await writeAnimation(run, gif, { maxSteps: 20, theme: "dark" });
    expect(readFileSync(svg)).toHaveLength(size);
    expect(xmlProblem(readFileSync(svg, "utf8"))).toBeNull();
    expect(readFileSync(gif).subarray(0, 6).toString()).toBe("GIF89a");
  });

  test("refuses other files, and environments that cannot be drawn", async () => {
    await expect(writeAnimation(run, join(folder, "a.mp4"))).rejects.toThrow(
      /an SVG or a GIF: .*a.mp4 ends in neither/,
    );
    const options = { env: "Identity-v0", totalSteps: 600 };
    const { summary } = await trainToRun("ppo", options, { runDir: folder });
    const path = join(folder, "b.svg");
    await expect(writeAnimation(summary.run, path)).rejects.toThrow(/Identity-v0 cannot be drawn/);
    expect(existsSync(path)).toBe(false);
  });

  test("writes nothing where nothing was played", async () => {
    const path = join(folder, "c.svg");
    await expect(writeAnimation(run, path, { signal: AbortSignal.abort() })).rejects.toThrow(/nothing was played/);
    expect(existsSync(path)).toBe(false);
  });
});
