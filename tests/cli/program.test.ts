import { existsSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../src/cli/context.ts";
import type { Algorithm } from "../../src/algorithms/index.ts";
import { runCli } from "../../src/cli/program.ts";
import { InputError, RunError } from "../../src/errors.ts";
import { readConfig, runFiles } from "../../src/runs/run-folder.ts";
import { createFakeTraining } from "../runs/fake-training.ts";
import { fakeContext, fakeLibrary } from "./fake-library.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "polgrad-cli-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the command line in a folder of its own, over a library that learns nothing. */
async function polgrad(argv: string[], overrides: Partial<Context> = {}) {
  const { context, written } = fakeContext(argv, folder, overrides);
  return { code: await runCli(context), ...written };
}

/** What must come of a mistake: exit code 2, one message, nothing else. */
async function mistake(argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await polgrad(argv);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^polgrad: /);
  expect(stderr).not.toContain("    at ");
  return stderr.slice("polgrad: ".length, -1);
}

const runs = () => readdirSync(join(folder, "runs")).map((name) => join(folder, "runs", name));
const train = (...argv: string[]) => polgrad(["train", "ppo", "CartPole-v1", ...argv]);

describe("help", () => {
  test("polgrad alone, and --help, list the commands", async () => {
    const { code, stdout, stderr } = await polgrad([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const name of ["train <algorithm> <env>", "evaluate", "watch", "resume", "export", "list"])
      expect(stdout).toContain(name);
    expect((await polgrad(["--help"])).stdout).toBe(stdout);
  });

  test("--version", async () =>
    expect((await polgrad(["--version"])).stdout).toMatch(
      /^\d+\.\d+\.\d+\nvectors of (128|256) bits in Node [\d.]+: .+\n$/,
    ));

  test("train --help lists the algorithms; train ppo --help every option, default and meaning", async () => {
    expect((await polgrad(["train", "--help"])).stdout).toMatch(/ppo .*\n.*reinforce /);
    const { code, stdout } = await polgrad(["train", "ppo", "--help"]);
    expect(code).toBe(0);
    const text = stdout.replace(/\s+/g, " ");
    expect(text).toContain(
      "--learning-rate <number> step size of the optimizer (above 0) [default 0.001; CartPole-v1 0.0025]",
    );
    expect(text).toContain("--[no-]anneal lower the learning rate [default true]");
    for (const flag of ["--config", "--run-dir", "--json", "--quiet", "--debug"]) expect(text).toContain(flag);
    expect(text).not.toContain("--env ");
    expect(text).not.toContain("--no-anneal");
  });

  test.each([[[]], [["train"]], [["train", "ppo"]], [["benchmark"]]])("help %j is %j --help", async (names) => {
    const asked = await polgrad(["help", ...names]);
    expect(asked.code).toBe(0);
    expect(asked.stdout).toContain("Usage: polgrad");
    expect(asked).toEqual(await polgrad([...names, "--help"]));
  });

  test("the other commands have help of their own", async () => {
    for (const name of ["evaluate", "watch", "resume", "export", "list"])
      expect((await polgrad([name, "--help"])).stdout).toContain(`polgrad ${name}`);
  });

  test("resume --help tells how every kind of run is made longer, without a run too", async () => {
    const { stdout } = await polgrad(["resume", "--help"]);
    for (const flag of ["--steps", "--episodes", "--iterations", "--epochs"]) expect(stdout).toMatch(new RegExp(`${flag} <integer> .*a new total`)); // prettier-ignore
    expect(await mistake(["resume", "nowhere", "--iterations", "5"])).toContain("there is no run folder nowhere");
  });
});

describe("what was typed wrongly gives exit code 2 and one message", () => {
  test.each([
    [
      ["trian"],
      'unknown command "trian".\nDid you mean "train"? There are train, evaluate, watch, resume, report, diagnose, compare, export, exact, benchmark, sweep, tune, worker, experiment, sft, reward-model, rlhf, generate, list',
    ],
    [["--jsn"], 'unknown option "--jsn"; polgrad --help shows what there is'],
    [["train"], "which algorithm? There are ppo, reinforce"],
    [["train", "pppo", "CartPole-v1"], 'unknown algorithm "pppo". Did you mean "ppo"? There are ppo, reinforce'],
    [["train", "ppo"], "which environment? For example: polgrad train ppo CartPole-v1"],
    [["train", "ppo", "Cart"], 'unknown environment "Cart".'],
    [["train", "ppo", "CartPole-v1", "--sed", "3"], 'unknown option "--sed". Did you mean "--seed"?'],
    [["train", "ppo", "CartPole-v1", "--baseline", "none"], "--baseline is an option of reinforce only, not of ppo"],
    [["train", "ppo", "CartPole-v1", "--no-baseline"], "--baseline is an option of reinforce only, not of ppo"],
    [["train", "ppo", "CartPole-v1", "--gamma", "2"], "--gamma must be a number from 0 to 1, not 2"],
    [["train", "ppo", "CartPole-v1", "--gamma"], "option '--gamma <number>' argument missing"],
    [["train", "ppo", "CartPole-v1", "--config", "no.json"], "cannot read no.json: there is no such file"],
    [["evaluate"], "which run? For example: polgrad evaluate runs/CartPole-v1-ppo-1-20260101-120000"],
    [["export"], "which run? For example: polgrad export runs/CartPole-v1-ppo-1-20260101-120000 policy.onnx"],
    [["export", "runs/x"], "which file? For example: polgrad export runs/x policy.onnx"],
    [
      ["help", "trian"],
      'unknown command "trian".\nDid you mean "train"? There are train, evaluate, watch, resume, report, diagnose, compare, export, exact, benchmark, sweep, tune, worker, experiment, sft, reward-model, rlhf, generate, list',
    ],
    [["generate"], "which model? For example: polgrad generate reviews"],
    [["generate", "nowhere"], 'there is no folder nowhere; a model is a folder with config.json and model.safetensors, or "reviews", the built-in one'], // prettier-ignore
    [["generate", "reviews", "--top-k", "-1"], '--top-k must be a whole number of at least 0, not "-1"'],
    [["generate", "reviews", "--temperature", "hot"], '--temperature must be a number of at least 0, not "hot"'],
    [["generate", "reviews", "--top-p", "2"], '--top-p must be a number above 0 and at most 1, not "2"'],
    [["rlhf", "--seeds", "x"], '--seeds: "x" is not a seed, nor a range of seeds such as 1-5'],
    [["rlhf", "--kl-coefficient", "0,x"], '--kl-coefficient must be numbers of at least 0, by commas, such as 0,0.03,0.1, not "0,x"'], // prettier-ignore
    [["evaluate", "x", "--episodes", "0"], '--episodes must be a whole number of at least 1, not "0"'],
    [["resume", "x", "--steps", "1e"], '--steps must be a whole number of at least 1, not "1e"'],
  ])("%j", async (argv, message) => expect(await mistake(argv)).toBe(message));

  test("a run folder that is missing, foreign or damaged", async () => {
    const path = join(folder, "run");
    for (const command of ["resume", "evaluate"]) {
      expect(await mistake([command, path])).toContain("there is no run folder");
      expect(await mistake([command, folder])).toContain("is not the folder of a run");
    }
    await train("--steps", "1000", "--run-dir", join(folder, "runs"));
    const [run] = runs() as [string];
    truncateSync(runFiles(run).last, 99);
    expect(await mistake(["resume", run, "--steps", "2000"])).toContain(
      "last.safetensors is not a whole safetensors file",
    );
    writeFileSync(runFiles(run).config, "{");
    expect(await mistake(["resume", run])).toContain("config.json is not JSON: ");
  });

  test("--debug shows where", async () => {
    const { stderr } = await polgrad(["train", "ppo", "Cart", "--debug"]);
    expect(stderr).toContain("    at ");
  });

  test("and leaves nothing behind", async () => {
    await mistake(["train", "ppo", "CartPole-v1", "--gamma", "2", "--run-dir", join(folder, "runs")]);
    await mistake(["train", "ppo", "Cart", "--run-dir", join(folder, "runs")]);
    expect(existsSync(join(folder, "runs"))).toBe(false);
  });
});

describe("train", () => {
  test("ends with a summary, the report's path, and how to go on", async () => {
    const { code, stdout, stderr } = await train("--steps", "20000", "--seed", "7", "--run-dir", join(folder, "runs"));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [run] = runs() as [string];
    expect(stdout).toContain(`ppo on CartPole-v1, seed 7, 20,000 steps, in ${run}\n`);
    expect(stdout.match(/^ *\d+ %/gm)).toHaveLength(10);
    expect(stdout).toMatch(
      /Not solved: CartPole-v1 asks for a mean return of 195 over 100 episodes; over the last 410 steps it was reached at step [\d,]+\./,
    );
    expect(stdout).toContain(`Report    ${run}/report.html`);
    expect(stdout).toContain(`npx polgrad evaluate ${run} --episodes 100`);
    expect(stdout).toContain(`npx polgrad resume ${run} --steps 40000`);
    expect(readConfig(run)).toMatchObject({
      command: `polgrad train ppo CartPole-v1 --steps 20000 --seed 7 --run-dir ${folder}/runs`,
    });
  });

  test("--json ends stdout with exactly one object, and progress goes to stderr", async () => {
    const { code, stdout, stderr } = await train("--json", "--steps", "5000", "--run-dir", join(folder, "runs"));
    expect(code).toBe(0);
    expect(stdout.split("\n")).toHaveLength(2);
    expect(Object.keys(JSON.parse(stdout) as object)).toEqual([
      "algorithm",
      "env",
      "seed",
      "steps",
      "episodes",
      "wallSeconds",
      "stepsPerSecond",
      "meanReturn100",
      "solvedAtStep",
      "reachedAtStep",
      "weightsSha256",
      "run",
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      algorithm: "ppo",
      env: "CartPole-v1",
      seed: 1,
      steps: 5120,
      run: runs()[0],
    });
    expect(stderr).toContain("100 %");
  });

  test("--quiet leaves the summary only", async () => {
    const { stdout } = await train("--quiet", "--steps", "5000", "--run-dir", join(folder, "runs"));
    expect(stdout).not.toContain(" %");
    expect(stdout).toContain("Report");
  });

  test("flags win over --config, which wins over presets and defaults", async () => {
    writeFileSync(join(folder, "c.json"), '{"env": "CartPole-v1", "gamma": 0.5, "hidden": [8], "totalSteps": 1000}');
    const { code } = await polgrad([
      "train",
      "ppo",
      "--config",
      "c.json",
      "--gamma",
      "0.9",
      "--no-anneal",
      "--run-dir",
      "runs",
    ]);
    expect(code).toBe(0);
    const options = { gamma: 0.9, hidden: [8], totalSteps: 1000, anneal: false, learningRate: 2.5e-3 };
    expect(readConfig(runs()[0])).toMatchObject({ env: "CartPole-v1", options });
  });

  test("a file of one's own becomes a module", async () => {
    writeFileSync(join(folder, "my-env.js"), "");
    await polgrad(["train", "ppo", "./my-env.js", "--steps", "500", "--run-dir", "runs"]);
    expect(readConfig(runs()[0]).options.env).toEqual({ module: `file://${folder}/my-env.js` });
  });

  test("it is tried out first, and what is wrong with it leaves nothing behind", async () => {
    writeFileSync(join(folder, "my-env.js"), "");
    const checkEnvironment = () => Promise.reject(new InputError("it breaks the contract"));
    const argv = ["train", "ppo", "./my-env.js", "--run-dir", "runs"];
    const { code, stdout, stderr } = await polgrad(argv, { library: { ...fakeLibrary, checkEnvironment } });
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: "polgrad: it breaks the contract\n" });
    expect(existsSync(join(folder, "runs"))).toBe(false);
  });

  test("what fails while running gives exit code 1, one message, the last good checkpoint, and the way on from it", async () => {
    const { code, stderr } = await train("--fail-at", "3000", "--steps", "5000", "--run-dir", join(folder, "runs"));
    expect(code).toBe(1);
    const [run] = runs() as [string];
    expect(stderr.split("\n")).toEqual([
      "polgrad: the fake fails",
      `The last good checkpoint, of step 2560, is ${runFiles(run).last}`,
      "Resume with",
      `  npx polgrad resume ${run}`,
      "--debug shows where in the code it arose.",
      "",
    ]);
  });

  test("what would come again at the same place is not to be resumed as it is", async () => {
    const diverged = Object.assign(new RunError("the loss is no number"), { recurs: true });
    const createTraining: typeof fakeLibrary.createTraining = async (...given) =>
      new Proxy(await fakeLibrary.createTraining(...given), {
        get: (training, name) =>
          name === "updateInSlices"
            ? () => {
                throw diverged;
              }
            : (Reflect.get(training, name) as unknown),
      });
    const { code, stderr } = await polgrad(["train", "ppo", "CartPole-v1", "--run-dir", join(folder, "runs")], {
      library: { ...fakeLibrary, createTraining },
    });
    expect(code).toBe(1);
    expect(stderr).toContain("With the same options it would come to the same numbers again. Resume with\n");
    expect(stderr).toMatch(/polgrad resume \S+ --learning-rate …\n/);
  });

  test("a long message is broken between its sentences, what happened alone in the first line", async () => {
    const long =
      'ppo: the loss is no number at step 64; the first tensor with a NaN is mul(a; b) of "w" row 0. ' +
      "The weights are those before. A lower learning rate may help. It comes with epsilon 0.5 and so on, and so on.";
    const createTraining = () => Promise.reject(new RunError(long));
    const { stderr } = await polgrad(["train", "ppo", "CartPole-v1"], { library: { ...fakeLibrary, createTraining } });
    expect(stderr.split("\n")).toEqual([
      "polgrad: ppo: the loss is no number at step 64.",
      'The first tensor with a NaN is mul(a; b) of "w" row 0. The weights are those before. A lower learning rate may help.',
      "It comes with epsilon 0.5 and so on, and so on.",
      "",
    ]);
  });

  test("names in code keep their first letter", async () => {
    const long =
      'export "default" of "file:///somewhere/my-env.js" is not an environment: observationSpace is undefined; ' +
      "reset is undefined, but must be a function";
    const createTraining = () => Promise.reject(new InputError(long));
    const { stderr } = await polgrad(["train", "ppo", "CartPole-v1"], { library: { ...fakeLibrary, createTraining } });
    expect(stderr.split("\n")).toEqual([
      'polgrad: export "default" of "file:///somewhere/my-env.js" is not an environment: observationSpace is undefined;',
      "reset is undefined, but must be a function",
      "",
    ]);
  });

  test("a bug says that it looks like one", async () => {
    const createTraining = () => Promise.reject(new TypeError("x is not a function"));
    const argv = ["train", "ppo", "CartPole-v1"];
    const { code, stderr } = await polgrad(argv, { library: { ...fakeLibrary, createTraining } });
    expect(code).toBe(1);
    expect(stderr).toBe("polgrad: x is not a function\nThis looks like a bug; --debug shows where it arose.\n");
    const expected = { ...fakeLibrary, createTraining: () => Promise.reject(new RunError("the disk is full")) };
    expect((await polgrad(argv, { library: expected })).stderr).toBe("polgrad: the disk is full\n");
  });

  test("Ctrl-C finishes the update, saves, says how to resume, and gives exit code 130", async () => {
    const argv = ["train", "ppo", "CartPole-v1", "--slow", "5", "--steps", "100000", "--json", "--run-dir", "runs"];
    const { context, written, interrupt } = fakeContext(argv, folder);
    setTimeout(interrupt, 100);
    expect(await runCli(context)).toBe(130);
    const [run] = runs() as [string];
    const summary = JSON.parse(written.stdout) as { steps: number; run: string };
    expect(summary.steps).toBeGreaterThan(0);
    expect(summary.steps).toBeLessThan(100_000);
    expect(written.stderr).toMatch(/Stopping after this update, and saving\. .*\nStopped at /);
    expect(written.stderr).toContain(`of 100,000 steps; all is saved. Resume with\n  npx polgrad resume ${run}\n`);
  });
});

describe("an algorithm that plays in no environment", () => {
  const reader = { ...fakeLibrary.algorithms.ppo, name: "reader", environments: 0, presets: {} } as Algorithm;
  const library = {
    ...fakeLibrary,
    algorithms: { reader },
    checkEnvironment: () => Promise.reject(new Error("there is none to check")),
    createTraining: (_: unknown, options: object) => createFakeTraining(reader, options),
  };

  test("trains without one, and shows no returns", async () => {
    const argv = ["train", "reader", "--steps", "5000", "--run-dir", "runs"];
    const { code, stdout, stderr } = await polgrad(argv, { library });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [run] = runs() as [string];
    expect(run).toMatch(/reader-1-[\d-]+$/);
    expect(stdout).toContain(`reader, seed 1, 5,000 steps, in ${run}\n`);
    expect(stdout).toMatch(/\n100 % {2}5,120 of 5,000 steps {2}[\d,]+ steps\/s {2}0:00 left\n/);
    expect(stdout).toMatch(/\n5,120 steps in [\d.]+ s: [\d,]+ steps\/s\.\n/);
    expect(stdout).not.toMatch(/return|episode|evaluate/i);
    expect((await polgrad(["evaluate", run])).stderr).toBe(
      `polgrad: ${run} has no environment, so there are no episodes to play\n`,
    );
  });

  test("refuses one, and options about it", async () => {
    const refused = async (...argv: string[]) => (await polgrad(["train", "reader", ...argv], { library })).stderr;
    expect(await refused("CartPole-v1")).toBe("polgrad: reader plays in no environment: leave CartPole-v1 out\n");
    expect(await refused("--envs", "4")).toContain('polgrad: unknown option "--envs".');
  });
});

describe("resume", () => {
  test("goes on to the total; with --steps to a new one, and says what becomes of the schedules", async () => {
    const argv = ["train", "ppo", "CartPole-v1", "--slow", "2", "--steps", "20000", "--run-dir", "runs"];
    const { context, interrupt } = fakeContext(argv, folder);
    setTimeout(interrupt, 60);
    expect(await runCli(context)).toBe(130);
    const [run] = runs() as [string];
    const resumed = await polgrad(["resume", run]);
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toMatch(/Resuming at step [\d,]+\.\n/);
    expect(resumed.stdout).toContain("100 %  20,480 of 20,000 steps");

    const again = await polgrad(["resume", run, "--json"]);
    expect(again.code).toBe(0);
    expect(again.stderr).toContain("is complete already; --steps trains it on, to a new total.");
    expect(JSON.parse(again.stdout)).toMatchObject({ steps: 20_480 });

    const longer = await polgrad(["resume", run, "--steps", "30000"]);
    expect(longer.stdout).toContain("Resuming at step 20,480, extended from 20,000 to 30,000 steps.");
    expect(longer.stdout).toContain("The schedules (learning rate) follow the new total");
    expect(readConfig(run).options.totalSteps).toBe(30_000);
    expect(await mistake(["resume", run, "--steps", "100"])).toContain("--steps is the new total of steps");
  });
});

describe("evaluate", () => {
  beforeEach(() => train("--steps", "1000", "--run-dir", join(folder, "runs")));

  test("tells on stderr of what was put right", async () => {
    const evaluateRun: typeof fakeLibrary.evaluateRun = async (run, options) => ({
      ...(await fakeLibrary.evaluateRun(run, options)),
      warnings: ["numbers are clipped"],
    });
    const argv = ["evaluate", runs()[0], "--episodes", "2", "--json"];
    const { stdout, stderr } = await polgrad(argv, { library: { ...fakeLibrary, evaluateRun } });
    expect(stderr).toBe("Warning: numbers are clipped.\n");
    expect(JSON.parse(stdout)).toMatchObject({ episodes: 2 });
  });

  test("tells the returns", async () => {
    const { code, stdout } = await polgrad(["evaluate", runs()[0], "--episodes", "5", "--stochastic"]);
    expect(code).toBe(0);
    expect(stdout).toContain("CartPole-v1, 5 episodes from seed 1, actions drawn from the policy");
    expect(stdout).toContain("Mean return  402 ± 0");
    expect(stdout).toContain("400 to 404, median 402");
  });

  test("Ctrl-C says what it does, and tells what was played", async () => {
    const argv = ["evaluate", runs()[0], "--episodes", "5"];
    const { context, written, interrupt } = fakeContext(argv, folder);
    context.library = {
      ...fakeLibrary,
      evaluateRun: (run, options) => (interrupt(), fakeLibrary.evaluateRun(run, { ...options, episodes: 2 })),
    };
    expect(await runCli(context)).toBe(130);
    expect(written.stderr).toBe("Stopping after this episode. Ctrl-C again stops at once.\n");
    expect(written.stdout).toContain("CartPole-v1, 2 of 5 episodes from seed 1");
  });

  test("--json", async () => {
    const { stdout } = await polgrad(["evaluate", runs()[0], "--episodes", "5", "--seed", "3", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      env: "CartPole-v1",
      episodes: 5,
      seed: 3,
      deterministic: true,
      mean: 500,
    });
  });
});

describe("list", () => {
  test("shows algorithms, environments and presets as flags", async () => {
    const { code, stdout } = await polgrad(["list"]);
    expect(code).toBe(0);
    expect(stdout).toContain("ppo        proximal policy optimization");
    expect(stdout).toContain("CartPole-v1  balance a pole; at most 500 steps; solved at 475");
    expect(stdout).toMatch(/ppo CartPole-v1 +--learning-rate 0.0025 --steps-per-update 512\n/);
    expect(stdout).toMatch(/reinforce CartPole-v1 +--no-anneal --hidden 8,8\n/);
    expect(stdout).toMatch(/reinforce Other-v0 +--anneal\n/);
  });

  test("keeps to a terminal of 80 columns, as all help does", async () => {
    const narrow = async (...argv: string[]): Promise<string[]> => {
      const { context, written } = fakeContext(argv, folder);
      const code = await runCli({ ...context, stdout: Object.assign(context.stdout, { columns: 80 }) });
      expect(code).toBe(0);
      return written.stdout.split("\n");
    };
    const commands = Object.keys((await import("../../src/cli/commands.ts")).commands).map((name) => [name, "--help"]);
    for (const argv of [["list"], ["--help"], ["train", "ppo", "--help"], ["sweep", "ppo", "--help"], ...commands]) {
      const lines = await narrow(...argv);
      expect(lines.length).toBeGreaterThan(5);
      expect(
        lines.filter((line) => line.length > 80),
        argv.join(" "),
      ).toEqual([]);
    }
  });

  test("--json", async () => {
    const { stdout } = await polgrad(["list", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      algorithms: [{ name: "ppo" }, { name: "reinforce" }],
      presets: { ppo: {} },
    });
  });
});
