// Warnings that settings do not fit the problem: each is told once and early, names what to do, and is gone once that is
// done. Who gets to read them.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { algorithms, type Algorithm } from "../../src/algorithms/index.ts";
import { library } from "../../src/cli/library.ts";
import { runCli } from "../../src/cli/program.ts";
import { registerEnv, type Action, type Env } from "../../src/envs/index.ts";
import { runFiles } from "../../src/runs/run-folder.ts";
import { box, discrete, type Space } from "../../src/spaces/index.ts";
import { createTraining, train, type Training, type UpdateReport } from "../../src/training/index.ts";
import { fakeContext } from "../cli/fake-library.ts";

interface Parts {
  readonly length?: number;
  readonly reward?: (t: number, action: number) => number;
  readonly sizes?: readonly number[];
  readonly actions?: Space;
}

/**
 * Episodes of `length` steps, of which the t-th, counted from 1, earns `reward`; observations change sign, and have these sizes.
 */
const own = ({ length = 20, reward = () => 1, sizes = [1, 1], actions = discrete(2) }: Parts = {}) =>
  function toy(): Env {
    let t = 0;
    const observation = (): number[] => sizes.map((size) => (t % 2 === 0 ? size : -size));
    return {
      observationSpace: box(-Infinity, Infinity, [sizes.length]),
      actionSpace: actions,
      reset() {
        t = 0;
        return { observation: observation(), info: {} };
      },
      step(action: Action) {
        t++;
        const first = typeof action === "number" ? action : action[0];
        return { observation: observation(), reward: reward(t, first), terminated: t === length, truncated: false, info: {} }; // prettier-ignore
      },
    };
  };

const ppo: Algorithm = algorithms.ppo;
type Options = Record<string, unknown>;
interface Told {
  readonly step: number;
  readonly update: number;
  readonly text: string;
}

const told = ({ step, update, warnings = [] }: UpdateReport): Told[] =>
  warnings.map((text) => ({ step, update, text }));

/** Trains to the end, or to `until` steps; what was told meanwhile. */
function goOn(training: Training, until = Infinity): Told[] {
  const all: Told[] = [];
  while (!training.done && training.step < until) {
    const report = training.update();
    expect(report.warnings, "absent where there is nothing to tell").not.toEqual([]);
    all.push(...told(report));
  }
  return all;
}

const quick = { hidden: [8], totalSteps: 20_000 };
const warningsOf = async (algorithm: string | Algorithm, options: Options, until?: number): Promise<Told[]> =>
  goOn(await createTraining(algorithm, { ...quick, ...options }), until);

const wideBox = box([-1, 0], [1, 100]);
const lastOnly = (last: number) => (t: number) => +(t === last);
registerEnv({ id: "Unending-v0", summary: "for a test", make: () => own({ length: Infinity })() });

/** PPO's updates, by default, end at 1,000 steps of warm-up and 2,048 more each. */
const afterUpdate = (k: number): number => 1000 + 2048 * k;

interface Case {
  readonly algorithm?: string;
  /** What does not fit, beside the defaults. */
  readonly options: Options;
  /** The update that shows it, by default PPO's first. */
  readonly step?: number;
  readonly says: RegExp;
  /** Changes that make it fit; the first are what is proposed. */
  readonly fits: Record<string, Options>;
  /** Steps that it takes to see, where that is not the whole run. */
  readonly until?: number;
}

const cases: Record<string, Case> = {
  bounds: {
    options: { env: own({ actions: wideBox }), gaussian: "clipped" },
    step: afterUpdate(1),
    says: /^component 1 of the actions lies within 0\.\.100, .* option "gaussian" is "clipped" begins with actions around 0 ± 1\.0: set it to "scaled" or "squashed"/, // prettier-ignore
    fits: {
      scaled: { gaussian: "scaled" },
      squashed: { gaussian: "squashed" },
      "the default": { gaussian: undefined },
      "bounds near ±1": { env: own({ actions: box([-2, -0.5], [2, 3]) }) },
      "no bounds": { env: own({ actions: box(-Infinity, Infinity, [2]) }) },
    },
    until: 4000,
  },
  "bounds that are narrow": {
    options: { env: own({ actions: box(-0.1, 0.1, [1]) }), gaussian: "clipped" },
    step: afterUpdate(1),
    says: /^component 0 of the actions lies within -0\.1\.\.0\.1, /,
    fits: { scaled: { gaussian: "scaled" }, wider: { env: own({ actions: box(-0.3, 0.3, [1]) }) } },
    until: 4000,
  },
  "bounds that are elsewhere": {
    options: { env: own({ actions: box(2, 4, [1]) }), gaussian: "clipped" },
    step: afterUpdate(1),
    says: /^component 0 of the actions lies within 2\.\.4, /,
    fits: { scaled: { gaussian: "scaled" }, "around 0": { env: own({ actions: box(-0.5, 3, [1]) }) } },
    until: 4000,
  },
  rewards: {
    options: { env: own({ reward: () => 0 }) },
    step: afterUpdate(1),
    says: /^no reward other than 0 has been seen in 3,048 steps, .*: reward what leads to the goal, .* option "entropyCoefficient"/, // prettier-ignore
    fits: {
      "a reward at times": { env: own({ reward: lastOnly(17) }) },
      "rewards in episodes that go on": {
        env: own({ reward: (t) => +(t % 10 === 0), length: 1e6 }),
        totalSteps: 10_000,
      },
    },
  },
  "rewards, and no horizon before there are any": {
    options: { env: own({ length: 1000, reward: () => 0 }) },
    step: afterUpdate(4),
    says: /^no reward other than 0 has been seen in 9,192 steps, /,
    fits: { "a reward within the horizon": { env: own({ length: 1000, reward: lastOnly(1000) }), gamma: 0.998 } },
  },
  endless: {
    options: { env: "Unending-v0", totalSteps: 30_000 },
    step: afterUpdate(10),
    says: /^no episode has ended in 2,685 steps of each environment, .*: set option "maxEpisodeSteps"$/, // prettier-ignore
    fits: { "a time limit": { maxEpisodeSteps: 1000 } },
  },
  "endless, without a discount, in an environment of one's own": {
    options: { env: own({ length: Infinity }), totalSteps: 30_000, gamma: 1 },
    step: afterUpdate(10),
    says: /set option "maxEpisodeSteps", or option "gamma" below 1/,
    fits: { "a time limit": { maxEpisodeSteps: 1000 } },
  },
  scales: {
    options: { env: own({ sizes: [3, 0, 5000] }), normalizeObservations: false },
    step: afterUpdate(1),
    says: /^component 2 of the observations reaches 5\.0e\+3, and component 0 only 3\.0, .*: set option "normalizeObservations"/, // prettier-ignore
    fits: {
      normalized: { normalizeObservations: true },
      "the default": { normalizeObservations: undefined },
      "scales that are nearer": { env: own({ sizes: [6, 0, 5000] }) },
    },
    until: 10_000,
  },
  horizon: {
    options: { env: own({ length: 1000, reward: lastOnly(1000) }) },
    step: afterUpdate(4),
    says: /^rewards are rare and episodes last 1,000 steps, but with option "gamma" = 0\.99 only about 100 steps ahead count: try 0\.9990/, // prettier-ignore
    fits: {
      "the proposed discount": { gamma: 0.999 },
      "no discount": { gamma: 1 },
      "many rewards": { env: own({ length: 1000, reward: (t) => t % 2 }) },
      "shorter episodes": { env: own({ length: 490, reward: lastOnly(490) }) },
    },
  },
  cut: {
    algorithm: "a2c",
    options: { env: own(), totalSteps: 2000, rollout: 5, lambda: 1 },
    step: 200, // 100 steps of warm-up and 20 an update: the first at which a tenth of the run is over
    says: /^option "rollout" = 5 is shorter than an episode of 20 steps, and with option "lambda" = 1 .*: lower option "lambda" to 0\.95, or lengthen option "rollout"/, // prettier-ignore
    fits: {
      "the proposed λ": { lambda: 0.95 },
      "longer rollouts": { rollout: 11 },
      "shorter episodes": { env: own({ length: 9 }) },
    },
  },
  wide: {
    options: { env: own({ actions: box(-30, 30, [1]) }), entropyCoefficient: 1 },
    says: /^σ has grown to 5\.\d half-widths of the action space, .*: lower option "entropyCoefficient" or option "learningRate"/, // prettier-ignore
    fits: {
      "no bonus": { entropyCoefficient: 0 },
      "a lower rate": { learningRate: 1e-4 },
      "no bounds": { env: own({ actions: box(-Infinity, Infinity, [1]) }) },
    },
  },
  "wide, in units of draws": {
    options: { env: own({ actions: box(-1, 1, [1]) }), gaussian: "clipped", entropyCoefficient: 1 },
    says: /^σ has grown to 5\.\d half-widths/,
    fits: {
      "wider bounds": { env: own({ actions: box(-4, 4, [1]) }) },
      "a component of one value": { entropyCoefficient: 0, env: own({ actions: box([-1, 0], [1, 0]) }) },
      "a start that is as wide": { entropyCoefficient: 0, initialLogStd: 1.8 },
    },
  },
  "entropy, of choices": {
    options: { env: own({ reward: (_, action) => action }), totalSteps: 100_000, learningRate: 0.02, gamma: 0 },
    says: /^the entropy is down to \S+ nats, of 0\.693, in the first tenth of the run: .*Raise option "entropyCoefficient", or lower option "learningRate"/, // prettier-ignore
    fits: { "a bonus": { entropyCoefficient: 0.5 }, "a lower rate": { learningRate: 1e-4 } },
    until: 9500,
  },
  "entropy, of a Gaussian": {
    options: { env: own({ actions: box(-1, 1, [1]), reward: (_, a) => -Math.abs(a) }), totalSteps: 300_000, learningRate: 0.01, gamma: 0 }, // prettier-ignore
    says: /^σ is down to 0\.00\d+, from \S+, in the first tenth of the run: .*Raise option "entropyCoefficient", or lower option "learningRate"/, // prettier-ignore
    fits: { "a bonus": { entropyCoefficient: 0.5 }, "a lower rate": { learningRate: 3e-4 } },
    until: 29_000,
  },
};

describe.each(Object.entries(cases))("%s", (_, { algorithm = "ppo", options, step, says, fits, until }) => {
  test("is told once, by the update that shows it, and nothing else is", async () => {
    const all = await warningsOf(algorithm, options, until);
    expect(all.map(({ text }) => text)).toEqual([expect.stringMatching(says)]);
    if (step !== undefined) expect(all[0].step).toBe(step);
    expect(all[0].update).toBeLessThanOrEqual(14);
    expect(all[0].text, "a sentence that others end").not.toMatch(/\.$/);
  });

  test.each(Object.entries(fits))("not with %s", async (_, change) => {
    expect(await warningsOf(algorithm, { ...options, ...change }, until)).toEqual([]);
  });
});

test("a collapse after the first tenth of a run is not told", async () => {
  const { options } = cases["entropy, of choices"];
  const training = await createTraining("ppo", { ...quick, ...options, totalSteps: 30_000 });
  expect(goOn(training, 15_000)).toEqual([]);
  expect(training.update().metrics.entropy).toBeLessThan(0.01 * Math.LN2);
});

describe("what is told early", () => {
  const nothing = { env: own({ reward: () => 0 }) };

  test("waits for a tenth of the run, and in long ones for 10,000 steps", async () => {
    const first = async (totalSteps: number) => (await warningsOf("ppo", { ...nothing, totalSteps }, 14_000))[0]?.step;
    expect(await first(30_000)).toBe(afterUpdate(1));
    expect(await first(31_000)).toBe(afterUpdate(2));
    expect(await first(1e6)).toBe(afterUpdate(5));
  });

  test("is what the first update shows, however long that is", async () => {
    const { options } = cases.bounds;
    const long = { ...options, rollout: 6000, envs: 1, epochs: 1 };
    expect(await warningsOf("ppo", long)).toMatchObject([{ update: 1, step: 7000 }]);
  });

  test("is not told where a preset is in force, unlike what goes wrong later", async () => {
    const [{ algorithm = "ppo", options }, { options: wide }] = [cases.rewards, cases.wide];
    const measured: Algorithm = { ...ppo, presets: { toy: { gamma: 0.9 } } };
    expect(await warningsOf(algorithm, options)).toHaveLength(1);
    expect(await warningsOf(measured, options)).toEqual([]);
    expect(await warningsOf(measured, wide)).toEqual([expect.objectContaining({ text: expect.stringMatching(/^σ has grown/) as string })]); // prettier-ignore
    expect(await warningsOf({ ...measured, presets: { other: {} } }, options)).toHaveLength(1);
  });

  test("is not told of a run that goes on, unlike what goes wrong later", async () => {
    const given = { ...quick, ...nothing, totalSteps: 1e6 };
    const whole = await createTraining("ppo", given);
    whole.update();
    const resumed = await createTraining("ppo", given, whole.checkpoint());
    expect(goOn(whole, 14_000)).toHaveLength(1);
    expect(goOn(resumed, 14_000)).toEqual([]);

    const { options } = cases.wide;
    const growing = await createTraining("ppo", { ...quick, ...options });
    expect(goOn(growing, 4000)).toEqual([]);
    const later = goOn(await createTraining("ppo", { ...quick, ...options }, growing.checkpoint()));
    expect(later).toEqual(goOn(growing));
    expect(later).toHaveLength(1);
  });
});

test("the weights are the same, whether anything is told or not", async () => {
  const given = { ...quick, env: own({ reward: () => 0 }), totalSteps: 6000 };
  const measured: Algorithm = { ...ppo, presets: { toy: {} } };
  const [one, other] = [await createTraining("ppo", given), await createTraining(measured, given)];
  expect([goOn(one).length, goOn(other).length]).toEqual([1, 0]);
  expect(other.weightsSha256()).toBe(one.weightsSha256());
});

describe("train", () => {
  const given = { ...quick, env: own({ reward: () => 0 }), totalSteps: 4000 };
  const message = /^ppo: no reward other than 0 has been seen in \S+ steps/;

  test("gives them to onWarning, and to nobody else", async () => {
    const console_ = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      const heard: string[] = [];
      const reported: Told[] = [];
      await train("ppo", { ...given, onWarning: (text) => heard.push(text), onUpdate: (r) => reported.push(...told(r)) }); // prettier-ignore
      expect(heard).toEqual([expect.stringMatching(message)]);
      expect(heard).toEqual(reported.map(({ text }) => `ppo: ${text}`));
      expect(console_).not.toHaveBeenCalled();
    } finally {
      console_.mockRestore();
    }
  });

  test("writes them to the console by default", async () => {
    const console_ = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      await train("ppo", given);
      expect(console_.mock.calls).toEqual([[expect.stringMatching(message)]]);
      console_.mockClear();
      await train("ppo", { ...given, env: own() });
      expect(console_).not.toHaveBeenCalled();
    } finally {
      console_.mockRestore();
    }
  });
});

describe("the command line", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "polgrad-fit-"));
    registerEnv({ id: "Silent-v0", summary: "for a test", make: () => own({ reward: () => 0 })() });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function polgrad(...argv: string[]) {
    const { context, written } = fakeContext(argv, folder, { library });
    return { code: await runCli(context), ...written };
  }
  const trainOn = (env: string, ...more: string[]) =>
    polgrad("train", "ppo", env, "--steps", "4000", "--hidden", "8", "--json", "--quiet", ...more);
  const runOf = (stdout: string) => (JSON.parse(stdout.trim().split("\n").at(-1)!) as { run: string }).run;
  const summaryOf = (files: ReturnType<typeof runFiles>) => JSON.parse(readFileSync(files.summary, "utf8")) as { warnings?: string[] }; // prettier-ignore

  test("warns on stderr, in words of flags; the run's summary and report keep it, through a resumption", async () => {
    const { code, stdout, stderr } = await trainOn("Silent-v0");
    expect(code).toBe(0);
    const lines = stderr.split("\n").filter((line) => line.startsWith("Warning: "));
    expect(lines).toEqual([expect.stringMatching(/^Warning: no reward other than 0 .*explore more by --entropy-coefficient\.$/)]); // prettier-ignore
    const run = runOf(stdout);
    const files = runFiles(run);
    const { warnings } = summaryOf(files);
    expect(warnings).toEqual([expect.stringMatching(/^no reward other than 0 .*by option "entropyCoefficient"$/)]);
    const report = readFileSync(files.report, "utf8");
    expect(report).toMatch(/<h2>What may not fit<\/h2>\s*<ul class="warnings"><li>No reward other than 0 [^<]*&quot;entropyCoefficient&quot;\.<\/li><\/ul>/); // prettier-ignore

    const resumed = await polgrad("resume", run, "--steps", "6000", "--quiet");
    expect(resumed).toMatchObject({ code: 0, stderr: "" });
    expect(summaryOf(files).warnings).toEqual(warnings);
    expect(readFileSync(files.report, "utf8")).toContain("What may not fit");
  });

  test("says each option as its flag", async () => {
    const { stderr } = await trainOn("Unending-v0", "--gamma", "1", "--steps", "30000");
    expect(stderr).toContain("set --max-episode-steps, or --gamma below 1, ");
    expect(stderr).not.toContain('option "');
  });

  test("says nothing where all fits", async () => {
    registerEnv({ id: "Fitting-v0", summary: "for a test", make: () => own()() });
    const { stdout, stderr } = await trainOn("Fitting-v0");
    expect(stderr).not.toContain("Warning");
    const files = runFiles(runOf(stdout));
    expect(summaryOf(files)).not.toHaveProperty("warnings");
    expect(readFileSync(files.report, "utf8")).not.toContain("What may not fit");
  });
});
