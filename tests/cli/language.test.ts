// polgrad sft, reward-model, rlhf: from files to a model that writes, and mistakes in words, before anything is made.

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import carryOutRlhf from "../../src/cli/rlhf-job.ts";
import { runCli } from "../../src/cli/program.ts";
import { newLanguageModel, wordTokenizer } from "../../src/language/index.ts";
import { createStreams } from "../../src/random/index.ts";
import { writeGptFolder } from "../../src/runs/gpt-folder.ts";
import { readRun } from "../../src/runs/read-run.ts";
import { createTraining } from "../../src/training/index.ts";
import { fakeContext, fakeLibrary } from "./fake-library.ts";

const folder = mkdtempSync(join(tmpdir(), "polgrad-cli-language-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

const words = wordTokenizer(["a", "b", "c", "d", "e"]);
const lines = (records: readonly object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join("");

/** Runs the command line in a folder of its own, with the real library. */
async function polgrad(argv: readonly string[]) {
  const { context, written } = fakeContext(argv, folder, { library: { ...fakeLibrary, createTraining } });
  return { code: await runCli(context), ...written };
}

beforeAll(() => {
  writeGptFolder(at("model"), newLanguageModel({ context: 10, width: 8, layers: 1, heads: 2 }, words, createStreams(1)("initialization"))); // prettier-ignore
  writeFileSync(at("texts.txt"), "a b c\nb c\n\nc d e a\n");
  writeFileSync(at("pairs.jsonl"), lines([{ prompt: "a", chosen: "b", rejected: "c" }, { prompt: "a", chosen: "b", rejected: "b" }])); // prettier-ignore
  writeFileSync(at("prompts.txt"), "a\nb c\n");
  writeFileSync(at("reward.mjs"), "export default (prompt, text) => text.length;\n");
  writeFileSync(at("typo.mjs"), "export default () => 1;\nconst x = ;\n");
});

test("texts to a model, pairs to a reward model, both to a model that was rewarded and writes", async () => {
  const sft = await polgrad(["sft", "texts.txt", "--model", "model", "--lines", "--epochs", "4", "--name", "first", "--held-out", "texts.txt"]); // prettier-ignore
  expect({ code: sft.code, stderr: sft.stderr }).toEqual({ code: 0, stderr: "" });
  expect(sft.stdout).toMatch(/^sft, seed 1, 48 tokens, in .*first\n/);
  expect(sft.stdout).toMatch(
    /100 % {2}48 of 48 tokens {2}[\d,]+ tokens\/s {2}loss \d\.\d{3} {2}held-out perplexity \d/,
  );
  expect(sft.stdout).toContain("polgrad generate");

  const pairs = await polgrad(["reward-model", "pairs.jsonl", "--model", at("runs/first"), "--epochs", "2", "--name", "judge"]); // prettier-ignore
  expect(pairs.code).toBe(0);
  expect(pairs.stderr).toBe("Warning: pairs.jsonl: 1 record is left out: both answers are equal (1, in line 2).\n".replace("pairs.jsonl", at("pairs.jsonl"))); // prettier-ignore

  const rlhf = await polgrad(["rlhf", "--model", at("runs/first"), "--reward", at("runs/judge"), "--prompts", "prompts.txt", "--iterations", "2", "--episodes", "4", "--kl-coefficient", "0.2", "--name", "tuned", "--json"]); // prettier-ignore
  expect(rlhf.code).toBe(0);
  expect(JSON.parse(rlhf.stdout)).toMatchObject({ algorithm: "rlhf", steps: 8, run: at("runs/tuned"), metrics: { klCoefficient: 0.2 }, runs: [{ klCoefficient: 0.2, steps: 2, kl: expect.any(Number) as number }] }); // prettier-ignore
  expect(rlhf.stderr).toMatch(/reward -?\d+\.\d\d {2}KL -?\d\.\d {2}length \d/);
  expect(rlhf.stderr).toMatch(/\n {7}a → /);
  expect(readRun(at("runs/tuned")).config.options).toMatchObject({ klCoefficient: 0.2, iterations: 2 });

  const more = await polgrad(["resume", at("runs/tuned"), "--iterations", "3", "--episodes", "4", "--quiet"]);
  expect(more).toMatchObject({ code: 0, stderr: "" });
  expect(readRun(at("runs/tuned")).updates).toHaveLength(3);
  const other = await polgrad(["resume", at("runs/tuned"), "--iterations", "4", "--episodes", "8"]);
  expect(other.code).toBe(2);
  expect(other.stderr.replaceAll("\n", " ")).toContain('option "episodes" is 4 in the checkpoint and cannot become 8');
  const written = await polgrad(["generate", at("runs/tuned"), "a", "--json"]);
  expect((JSON.parse(written.stdout) as { texts: unknown[] }).texts).toHaveLength(1);
});

test("--estimate tells time and memory of each command, and writes nothing", async () => {
  const before = readdirSync(folder, { recursive: true });
  const commands = [
    ["sft", "texts.txt", "--model", "model", "--lines", "--epochs", "50"],
    ["reward-model", "pairs.jsonl", "--model", "model", "--epochs", "50"],
    ["rlhf", "--model", "model", "--reward", "reward.mjs", "--prompts", "prompts.txt", "--episodes", "4", "--iterations", "3", "--kl-coefficient", "0,1,2", "--jobs", "2"], // prettier-ignore
  ];
  for (const argv of commands) {
    const { code, stdout, stderr } = await polgrad([...argv, "--estimate", "--json"]);
    const told = JSON.parse(stdout) as { seconds: number; bytes: number; allSeconds: number; room: object };
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/^Time {4}0:\d\d.*\nMemory {2}[\d.]+ MiB.*: .* gradients/);
    expect(told.seconds).toBeGreaterThan(0);
    expect(told.allSeconds).toBe(argv[0] === "rlhf" ? 2 * told.seconds : told.seconds);
    expect(told.bytes).toBe(Object.values<number>(told.room as never).reduce((a, b) => a + b, 0));
  }
  expect(readdirSync(folder, { recursive: true })).toEqual(before);
  expect(await polgrad(["sft", "none.txt", "--estimate"])).toMatchObject({ code: 2 });
});

test("a file as a reward runs for who names it; of a folder it needs to be allowed", async () => {
  const command = ["rlhf", "--model", "model", "--reward", "reward.mjs", "--prompts", "prompts.txt", "--iterations", "1", "--episodes", "2", "--kl-coefficient", "0", "--name", "file", "--quiet"]; // prettier-ignore
  expect(await polgrad(command)).toMatchObject({ code: 0, stderr: "" });
  const refused = await polgrad(["resume", at("runs/file"), "--iterations", "2"]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/names a reward of its own, .*reward\.mjs, whose code would run/);
  expect((await polgrad(["resume", at("runs/file"), "--iterations", "2", "--allow-module", "reward.mjs"])).code).toBe(
    0,
  );
});

test("a file as a reward that has changed is not run on resumption", async () => {
  const code = "export default (prompt, text) => text.length;\n";
  writeFileSync(at("later.mjs"), code);
  const command = ["rlhf", "--model", "model", "--reward", "later.mjs", "--prompts", "prompts.txt", "--iterations", "1", "--episodes", "2", "--kl-coefficient", "0", "--name", "later", "--quiet"]; // prettier-ignore
  expect(await polgrad(command)).toMatchObject({ code: 0 });
  // Another file of the folder's own: this process has imported the first one.
  writeFileSync(at("changed.mjs"), `globalThis.rewardWasRun = true;\n${code}`);
  const path = at("runs/later/config.json");
  writeFileSync(path, readFileSync(path, "utf8").replaceAll("later.mjs", "changed.mjs"));
  const refused = await polgrad(["resume", at("runs/later"), "--iterations", "2", "--allow-module", "changed.mjs"]);
  expect(refused.code).toBe(2);
  expect(refused.stderr.replaceAll("\n", " ")).toMatch(/the reward \(.*changed\.mjs\) has changed since .*later began/);
  expect(globalThis).not.toHaveProperty("rewardWasRun");
});

test.each([
  ["lexicon", [0, 0]],
  ["sum.mjs", [3, 3]],
])("a reward may be a lexicon, or the parts of a sum in a file: %s", async (reward, [least, most]) => {
  writeFileSync(at("sum.mjs"), "export default [{ reward: () => 1, weight: 2 }, { reward: async () => 1 }];\n");
  const { code, stdout, stderr } = await polgrad(["rlhf", "--model", "model", "--reward", reward, "--prompts", "prompts.txt", "--iterations", "1", "--episodes", "2", "--name", reward, "--json"]); // prettier-ignore
  expect(stderr).toMatch(/reward -?\d/);
  expect(code).toBe(0);
  const { runs } = JSON.parse(stdout.trim().split("\n").at(-1)!) as { runs: { proxy: number }[] };
  expect(runs[0].proxy).toBeGreaterThanOrEqual(least);
  expect(runs[0].proxy).toBeLessThanOrEqual(most);
  const trust = reward === "lexicon" ? [] : ["--allow-module", reward];
  expect(await polgrad(["resume", at(`runs/${reward}`), "--iterations", "2", ...trust, "--quiet"])).toMatchObject({ code: 0 }); // prettier-ignore
});

describe("mistakes are told with exit code 2, before a folder is made", () => {
  const rlhf = ["rlhf", "--model", "model", "--reward", "reward.mjs", "--prompts"];
  test.each([
    [["sft"], "which texts? For example: polgrad sft texts.txt --model mini"],
    [["sft", "none.txt"], "there is no file or folder none.txt"],
    [["sft", "texts.txt", "--epochs", "0"], "--epochs must be a whole number of at least 1, not 0"],
    [["sft", "texts.txt", "--learning-rat", "1"], "unknown option '--learning-rat'"],
    [["sft", "texts.txt", "--name", "a/b"], 'option "name" is "a/b"'],
    [["sft", "empty.txt", "--model", "model"], /empty\.txt is empty/],
    [["sft", "latin1.txt", "--model", "model"], /latin1\.txt is not text in UTF-8: byte 2, in line 1/],
    [
      ["sft", "long.jsonl", "--model", "model"],
      /long\.jsonl, line 2 has 14 tokens with its ends, and the model sees 10/,
    ],
    [["reward-model", "pairs.jsonl"], "which model does it begin as?"],
    [["reward-model", "equal.jsonl", "--model", "model"], /holds nothing that can be used: .*both answers are equal/],
    [["reward-model", "half.jsonl", "--model", "model"], /half\.jsonl, line 1: "rejected" is missing/],
    [["rlhf", "--model", "model"], "which reward? For example: polgrad rlhf --model model --reward"],
    [["rlhf", "--model", "model", "--reward", "reward.mjs"], "which prompts?"],
    [["rlhf", "--model", "model", "--reward", "model", "--prompts", "prompts.txt"], "is no reward model"],
    [["rlhf", "--kl-coefficient", "a"], "--kl-coefficient must be numbers of at least 0"],
    [[...rlhf, "long.txt"], /long\.txt, line 2 has 11 tokens, and the model sees 10 at once/],
    [[...rlhf, "prompts.txt", "--reward", "none.mjs"], "there is no file or folder none.mjs"],
    [
      [...rlhf, "prompts.txt", "--reward", "typo.mjs"],
      /reward file .*typo\.mjs cannot be loaded: [^]*Unexpected token/,
    ],
    [["generate", "runs-of-control"], "is a run of ppo, and has no language model in model/"],
  ])("%j", async (argv, message) => {
    writeFileSync(at("empty.txt"), "\n");
    writeFileSync(at("latin1.txt"), Buffer.from([0x61, 0x20, 0xe9, 0x0a]));
    writeFileSync(at("long.jsonl"), lines([{ text: "a" }, { text: "a b c d e a b c d e a b" }]));
    writeFileSync(at("equal.jsonl"), lines([{ prompt: "a", chosen: "b", rejected: "b" }]));
    writeFileSync(at("half.jsonl"), lines([{ prompt: "a", chosen: "b" }]));
    writeFileSync(at("long.txt"), `a\n${"a b ".repeat(5)}\n`);
    const runDir = argv[0] === "generate" ? [] : ["--run-dir", "nothing"];
    const { code, stdout, stderr } = await polgrad([...argv, ...runDir].map((word) => (word === "runs-of-control" ? controlRun() : word))); // prettier-ignore
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(existsSync(at("nothing"))).toBe(false);
  });

  function controlRun(): string {
    const run = at("control");
    if (!existsSync(run)) {
      writeGptFolder(run, newLanguageModel({ context: 4, width: 8, layers: 1, heads: 2 }, words, createStreams(1)("initialization"))); // prettier-ignore
      const config = JSON.parse(readFileSync(at("runs/first/config.json"), "utf8")) as object;
      writeFileSync(join(run, "config.json"), JSON.stringify({ ...config, algorithm: "ppo" }));
      writeFileSync(join(run, "metrics.jsonl"), "");
    }
    return run;
  }
});

test("what goes wrong in training keeps the last good checkpoint, and says how to go on", async () => {
  writeFileSync(at("nan.mjs"), "let n = 0; export default () => (n++ > 5 ? NaN : 1);\n");
  const { code, stderr } = await polgrad(["rlhf", "--model", "model", "--reward", "nan.mjs", "--prompts", "prompts.txt", "--iterations", "9", "--episodes", "2", "--kl-coefficient", "0", "--name", "nan"]); // prettier-ignore
  expect(code).toBe(1);
  expect(stderr).toMatch(/the reward of text \d of 2 is NaN, but must be a finite number/);
  expect(stderr).toMatch(/The last good checkpoint, of step \d+, is .*nan.checkpoints.last\.safetensors/);
  expect(stderr).toMatch(/polgrad resume .*nan --allow-module /);
  expect(readRun(at("runs/nan")).summary!.status).toBe("failed");
});

describe("several β under a name that is used again", () => {
  const group = ["rlhf", "--model", "model", "--reward", "reward.mjs", "--prompts", "prompts.txt", "--episodes", "2", "--iterations", "1", "--kl-coefficient", "0,0.5", "--name", "group"]; // prettier-ignore
  const without = (flag: string): string[] => group.filter((_, i) => group[i] !== flag && group[i - 1] !== flag);

  test.each([
    [[...group, "--prompts", "texts.txt"], /kl-0 was started with prompts = ".*prompts\.txt", and not ".*texts\.txt"/],
    [without("--episodes"), /kl-0 was started with episodes = 2, and not 128/],
  ])("%j", async (argv, message) => {
    cpSync(at("runs/file"), at("runs/group/kl-0"), { recursive: true });
    const { code, stderr } = await polgrad(argv);
    expect(code).toBe(2);
    expect(stderr.replaceAll("\n", " ")).toMatch(message);
    expect(existsSync(at("runs/group/kl-0.5"))).toBe(false);
  });

  test("a folder that a killed process left without a configuration is begun again", async () => {
    mkdirSync(at("runs/killed/kl-0/checkpoints"), { recursive: true });
    const sources = { model: at("model"), reward: at("reward.mjs"), prompts: at("prompts.txt") };
    const options = { klCoefficient: 0, iterations: 1, seed: 1, episodes: 2 };
    await carryOutRlhf({ sources, options, runDir: at("runs/killed"), name: "kl-0", command: "" });
    expect(readdirSync(at("runs/killed"))).toEqual(["kl-0"]);
    expect(readRun(at("runs/killed/kl-0")).updates).toHaveLength(1);
  });
});

test("files of a run are not written through a link", async () => {
  cpSync(at("runs/first"), at("runs/linked"), { recursive: true });
  rmSync(at("runs/linked/model"), { recursive: true });
  mkdirSync(at("elsewhere"));
  writeFileSync(at("elsewhere/config.json"), "mine");
  symlinkSync(at("elsewhere"), at("runs/linked/model"), "junction");
  const { code, stderr } = await polgrad(["resume", at("runs/linked")]);
  expect(code).toBe(2);
  expect(stderr.replaceAll("\n", " ")).toMatch(/model is a symbolic link/);
  expect(readdirSync(at("elsewhere"))).toEqual(["config.json"]);
  expect(readFileSync(at("elsewhere/config.json"), "utf8")).toBe("mine");
});
