// A module that a run's folder names is loaded only where that was allowed, and never merely looked at.

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { library } from "../../src/cli/library.ts";
import { runCli } from "../../src/cli/program.ts";
import { InputError } from "../../src/errors.ts";
import { evaluateRun, playRun, resumeRun, trainToRun } from "../../src/node.ts";
import { moduleToAllow } from "../../src/runs/foreign-module.ts";
import { readConfig, writeConfig } from "../../src/runs/run-folder.ts";
import { fakeContext } from "../cli/fake-library.ts";

/** Episodes of three steps. */
const threeSteps = `
const space = { kind: "discrete", n: 3, start: 0 };
let t = 0;
const seen = () => ({ observation: t % 3, info: {} });
export default () => ({
  observationSpace: space,
  actionSpace: space,
  reset: () => ((t = 0), seen()),
  step: () => (t++, { ...seen(), reward: 1, terminated: t === 3, truncated: false }),
});
`;
let folder: string;
let trained: string;
let run: string;
let module: string;

/** Where a module says that its code was run. */
const seen = globalThis as { foreignModules?: string[] };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "polgrad-foreign-"));
  mkdirSync(join(folder, "envs"));
  mkdirSync(join(folder, "envs-of-others"));
  for (const place of ["envs", "envs-of-others"])
    writeFileSync(
      join(folder, place, "three.mjs"),
      `(globalThis.foreignModules ??= []).push("${place}");${threeSteps}`,
    );
  const options = { env: { module: pathToFileURL(join(folder, "envs/three.mjs")) }, totalSteps: 300, hidden: [4] }; // prettier-ignore
  ({ run: trained } = (await trainToRun("reinforce", options, { runDir: folder, name: "trained" })).summary);
});
afterAll(() => rmSync(folder, { recursive: true }));

// Modules are loaded once: each test has one of its own.
let count = 0;
beforeEach(() => {
  count++;
  module = join(folder, `envs-of-others/three.mjs`);
  run = join(folder, `run-${count}`);
  cpSync(trained, run, { recursive: true });
  name(`${pathToFileURL(module).href}?${count}`);
  seen.foreignModules = [];
});
afterEach(() => rmSync(run, { recursive: true }));

function name(address: string): void {
  const config = readConfig(run);
  writeConfig(run, { ...config, options: { ...config.options, env: { module: address } } });
}

async function moments(options: Parameters<typeof playRun>[1]): Promise<void> {
  const play = playRun(run, { maxSteps: 3, ...options });
  while (!(await play.next()).done);
}
const ways: [string, (options: object) => Promise<unknown>][] = [
  ["evaluateRun", (options) => evaluateRun(run, { episodes: 1, ...options })],
  ["playRun", moments],
  ["resumeRun", (options) => resumeRun(run, { totalSteps: 400, ...options })],
];

describe.each(ways)("%s", (_, open) => {
  test("refuses it, with its path and what would allow it, and does not load it", async () => {
    const error = await open({}).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toContain(`${run} names an environment of its own, ${module}, whose code`);
    expect((error as Error).message).toContain(
      `--allow-module ${module} (in a program: { allowModules: "${module}" })`,
    );
    for (const other of [join(folder, "envs"), join(folder, "envs/three.mjs"), `${module}.bak`, ""])
      await expect(open({ allowModules: other === "" ? [] : [other] })).rejects.toThrow(InputError);
    expect(seen.foreignModules).toEqual([]);
  });

  test("takes one that is allowed: a file, a folder, or a link to either", async () => {
    const link = join(folder, `link-${count}`);
    symlinkSync(join(folder, "envs-of-others"), link);
    await open({ allowModules: link });
    expect(seen.foreignModules).toEqual(["envs-of-others"]);
  });

  test("takes one that the program names, and leaves that of the folder", async () => {
    await open({ env: { module: pathToFileURL(join(folder, "envs/three.mjs")) } });
    expect(seen.foreignModules).not.toContain("envs-of-others");
  });

  test.each([
    "data:text/javascript,globalThis.foreignModules.push('data')",
    "http://127.0.0.1:9/x.js",
    "node:inspector",
  ])("refuses %s, whatever is allowed", async (address) => {
    name(address);
    await expect(open({ allowModules: [address, "/"] })).rejects.toThrow("is not a file of this machine");
    name("inspector");
    await expect(open({ allowModules: ["inspector", "/"] })).rejects.toThrow("which is a part of Node");
    expect(seen.foreignModules).toEqual([]);
  });
});

test("a link out of an allowed folder does not lead out of it", async () => {
  const link = join(folder, "envs", `out-${count}.mjs`);
  symlinkSync(module, link);
  name(pathToFileURL(link).href);
  await expect(evaluateRun(run, { allowModules: join(folder, "envs") })).rejects.toThrow(`of its own, ${module}`);
});

test("a module that is not there is told as such", async () => {
  name(pathToFileURL(join(folder, "gone.mjs")).href);
  await expect(evaluateRun(run)).rejects.toThrow(`names the environment ${folder}/gone.mjs, which is not there`);
});

test("what is allowed is what lies below, however paths are written", () => {
  const part = fc.constantFrom("envs", "envs-of-others", ".", "..", "three.mjs", "");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const allowed = [folder, ...parts].join("/");
      const isBelow = join(module, "/").startsWith(join(allowed, "/"));
      const left = moduleToAllow({ module: pathToFileURL(module) }, "x", allowed);
      expect(left === undefined).toBe(isBelow);
    }),
    { numRuns: Number(process.env.POLGRAD_CASES ?? 20) },
  );
});

describe("the command line", () => {
  async function polgrad(argv: string[], answer?: boolean) {
    const questions: string[] = [];
    const confirm = async (question: string) => {
      questions.push(question);
      return answer === true;
    };
    const { context, written } = fakeContext(argv, folder, { library, ...(answer !== undefined && { confirm }) });
    return { code: await runCli(context), questions, ...written };
  }
  const suite = () => join(folder, `suite-${count}.json`);
  const commands: [string, () => string[]][] = [
    ["evaluate", () => ["evaluate", run, "--episodes", "1"]],
    ["watch", () => ["watch", run, "--max-steps", "3"]],
    ["resume", () => ["resume", run, "--steps", "400", "--quiet"]],
    [
      "train",
      () => {
        const values = { env: { module: `${pathToFileURL(module).href}?${count}` }, totalSteps: 100, hidden: [4] };
        writeFileSync(suite(), JSON.stringify(values));
        return ["train", "reinforce", "--config", suite(), "--run-dir", folder, "--quiet"];
      },
    ],
    [
      "benchmark",
      () => {
        const job = { algorithm: "reinforce", env: { module: `${pathToFileURL(module).href}?${count}` }, options: { rollout: -1 } }; // prettier-ignore
        writeFileSync(suite(), JSON.stringify({ name: "mine", jobs: [job] }));
        return ["benchmark", suite(), "--out", join(folder, "out")];
      },
    ],
  ];

  test.each(commands)("%s asks at a terminal, and is refused elsewhere", async (command, argv) => {
    const refused = await polgrad(argv());
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`--allow-module ${module}`);
    const no = await polgrad(argv(), false);
    expect(no.code).toBe(2);
    expect(no.questions).toEqual([expect.stringContaining(`\n  ${module}\nRun it? (y/N) `)]);
    expect(seen.foreignModules).toEqual([]);

    const yes = await polgrad(argv(), true);
    expect(yes.questions).toHaveLength(1);
    expect(seen.foreignModules).toEqual(["envs-of-others"]);
    const allowed = await polgrad([...argv(), "--allow-module", "envs-of-others"], false);
    expect(allowed.questions).toEqual([]);
    expect(allowed.stderr).not.toContain("--allow-module");
    if (command !== "benchmark") expect([yes.code, allowed.code]).toEqual([0, 0]); // whose options are wrong
  });

  test("what is typed is not asked for, nor what --env puts in its place", async () => {
    const typed = join(folder, "envs/three.mjs");
    for (const argv of commands.slice(0, 3).map(([, argv]) => argv()))
      expect(await polgrad([...argv, "--env", typed], false)).toMatchObject({ code: 0, questions: [] });
    const train = ["train", "reinforce", "envs/three.mjs", "--hidden", "4", "--steps", "100", "--run-dir", folder];
    const { code, questions, stdout } = await polgrad(train, false);
    expect({ code, questions }).toEqual({ code: 0, questions: [] });
    expect(stdout).toMatch(/polgrad evaluate \S+ --episodes 100 --allow-module \S+three\.mjs\n/);
    expect(stdout).toMatch(/polgrad resume \S+ --steps \d+ --allow-module \S+three\.mjs\n/);
    expect(seen.foreignModules).not.toContain("envs-of-others");
  });
});
