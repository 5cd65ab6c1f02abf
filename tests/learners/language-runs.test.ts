// Run folders of language models: killed or interrupted runs are resumed to the bits and files of one that was not, from
// what the folder names; what is missing or has changed there is told.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs"; // prettier-ignore
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createStreams } from "../../src/random/index.ts";
import { newLanguageModel } from "../../src/language/language-model.ts";
import { wordTokenizer } from "../../src/language/index.ts";
import { writeGptFolder } from "../../src/runs/gpt-folder.ts";
import type * as forNode from "../../src/node.ts";
import { InputError, readRun, resumeRun, RunError } from "../threads/library.ts";

const built = (await import(new URL("../../dist/node.js", import.meta.url).href)) as typeof forNode;
const { readGptFolder, readRewardModelFolder, trainRewardModelToRun, trainRlhfToRun, trainSftToRun } = built;

const folder = mkdtempSync(join(tmpdir(), "polgrad-language-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const lines = (records: readonly object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join("");

const completions = ["b c", "c", "d e a"];
const texts = Array.from({ length: 24 }, (_, i) => ({ prompt: i % 2 ? "a b" : "", completion: completions[i % 3] }));
const pairs = texts.map(({ prompt, completion }) => ({ prompt, chosen: completion, rejected: `${completion} e` }));

const trainings: Record<string, (options: never, settings: object) => Promise<forNode.RunResult>> = { sft: trainSftToRun, "reward-model": trainRewardModelToRun, rlhf: trainRlhfToRun }; // prettier-ignore
const model = at("model");
const shared = { strict: true, seed: 3 };
const options: Record<string, object> = {
  sft: { model, texts: at("texts.jsonl"), heldOut: at("held-out.jsonl"), batch: 6, epochs: 3, ...shared },
  "reward-model": { model, pairs: at("pairs.jsonl"), heldOut: at("held-out-pairs.jsonl"), batch: 6, epochs: 3, ...shared }, // prettier-ignore
  rlhf: { model, reward: at("whole/reward-model"), prompts: at("prompts.txt"), iterations: 12, episodes: 6, minibatches: 2, klControl: "adaptive", klTarget: 0.01, ...shared }, // prettier-ignore
};

beforeAll(async () => {
  const words = wordTokenizer(["a", "b", "c", "d", "e"]);
  writeGptFolder(model, newLanguageModel({ context: 10, width: 8, layers: 1, heads: 2 }, words, createStreams(1)("initialization"))); // prettier-ignore
  writeFileSync(at("texts.jsonl"), lines(texts));
  writeFileSync(at("held-out.jsonl"), lines(texts.slice(0, 5)));
  writeFileSync(at("pairs.jsonl"), lines([...pairs, { prompt: "a", chosen: "b", rejected: "b" }]));
  writeFileSync(at("held-out-pairs.jsonl"), lines(pairs.slice(0, 5)));
  writeFileSync(at("prompts.txt"), "a\nb\nc d\n\ne\na a\n");
  const warnings: string[] = [];
  for (const [name, train] of Object.entries(trainings)) await train(options[name] as never, { runDir: at("whole"), name, onWarning: (text: string) => warnings.push(text) }); // prettier-ignore
  expect(warnings).toEqual([`${at("pairs.jsonl")}: 1 record is left out: both answers are equal (1, in line 25)`]);
});

/** What must be the same of two runs: all files but those with times, and the report. */
function filesOf(run: string): Record<string, Buffer> {
  const names = readdirSync(run, { recursive: true, encoding: "utf8" }).filter((name) => /\.(jsonl|safetensors)$|^model\/|^calibration/.test(name)); // prettier-ignore
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(run, name))]));
}

/** Trains in a process that is ended in the middle by a signal. */
async function endedBy(signal: NodeJS.Signals, name: string, runDir: string): Promise<string> {
  const program = fileURLToPath(new URL("train-language-slowly.mjs", import.meta.url));
  const child = spawn(process.execPath, [program, name, JSON.stringify(options[name]), JSON.stringify({ runDir, name })], { stdio: ["ignore", "pipe", "inherit"] }); // prettier-ignore
  const closed = once(child, "close");
  await Promise.race([once(child.stdout, "data"), closed]);
  child.kill(signal);
  await closed;
  return join(runDir, name);
}

describe.each(Object.keys(trainings))("%s", (name) => {
  const whole = () => at(`whole/${name}`);

  test("a run that is killed goes on to the files of one that is not", async () => {
    const run = await endedBy("SIGKILL", name, at("killed"));
    expect(readRun(run).summary, "or it was not killed in the middle").toBeNull();
    const { status } = await resumeRun(run);
    expect(status).toBe("finished");
    expect(Object.keys(filesOf(run))).toContain("model/model.safetensors");
    expect(filesOf(run)).toEqual(filesOf(whole()));
    expect(existsSync(join(run, "report.html"))).toBe(true);
  });

  test("what a run that is done lacks, or has in an older state, is made anew", async () => {
    const run = at(`mended/${name}`);
    cpSync(whole(), run, { recursive: true });
    writeFileSync(join(run, "model/model.safetensors"), "stale");
    rmSync(join(run, "model/config.json"));
    if (name !== "reward-model") appendFileSync(join(run, "texts.jsonl"), '{"update":99,"step":99999}\n{"half');
    const { mended } = await resumeRun(run);
    expect(mended).toEqual(expect.arrayContaining(["config.json", "model.safetensors"]));
    expect(filesOf(run)).toEqual(filesOf(whole()));
  });
});

test("an interrupted run has saved, and a model that can be read", async () => {
  const run = await endedBy("SIGINT", "rlhf", at("interrupted"));
  const { summary, updates } = readRun(run);
  expect(summary!.status).toBe("interrupted");
  expect(summary!.steps).toBe(6 * updates.length);
  expect(readGptFolder(run).config.context).toBe(10);
  await resumeRun(run);
  expect(filesOf(run)).toEqual(filesOf(at("whole/rlhf")));
});

describe("what a folder holds", () => {
  const told = (name: string) => readFileSync(at(`whole/${name}/texts.jsonl`), "utf8").trim().split("\n").map((line) => JSON.parse(line) as { update: number; step: number; written?: object[]; watched?: object[] }); // prettier-ignore

  test("of RLHF: a line of texts before the first update and after each", () => {
    const all = told("rlhf");
    expect(all.map(({ update, step }) => [update, step])).toEqual(Array.from({ length: 13 }, (_, u) => [u, 6 * u]));
    expect(all[0].written).toBeUndefined();
    expect(all.slice(1).every(({ written }) => written!.length === 6)).toBe(true);
    expect(all.every(({ watched }) => watched!.length === 5)).toBe(true);
  });

  test("of fine-tuning: texts on the way, and the loss of those held out", () => {
    expect(told("sft").map(({ update }) => update)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const { updates } = readRun(at("whole/sft"));
    expect(updates[0].metrics.heldOutPerplexity).toBeCloseTo(Math.exp(updates[0].metrics.heldOutLoss));
    expect(updates.at(-1)!.metrics.heldOutLoss).toBeLessThan(updates[0].metrics.heldOutLoss);
  });

  test("of a reward model: its head, normalized, and its calibration", () => {
    const run = at("whole/reward-model");
    const { headWeight, model: body } = readRewardModelFolder(run);
    expect(headWeight).toHaveLength(body.config.width);
    const calibration = JSON.parse(readFileSync(join(run, "calibration.json"), "utf8")) as { accuracy: number; pairs: number }; // prettier-ignore
    expect(calibration.pairs).toBe(5);
    expect(calibration.accuracy).toBe(readRun(run).updates.at(-1)!.metrics.heldOutAccuracy);
    expect(() => readGptFolder(run)).not.toThrow();
    expect(() => readRewardModelFolder(at("whole/sft"))).toThrow("it has no file reward-head.safetensors");
  });

  test("a reward model whose files are of two moments is told, and resuming mends it", async () => {
    const run = at("torn");
    cpSync(at("whole/reward-model"), run, { recursive: true });
    const head = join(run, "model/reward-head.safetensors");
    const whole = readFileSync(head);
    writeFileSync(head, whole.map((byte, i) => (i === whole.length - 1 ? byte ^ 1 : byte))); // prettier-ignore
    expect(() => readRewardModelFolder(run)).toThrow(/were not written together.*resume the run/);
    expect((await resumeRun(run)).mended).toContain("reward-head.safetensors");
    expect(readRewardModelFolder(run).headBias).toBe(readRewardModelFolder(at("whole/reward-model")).headBias);
  });

  test("a run goes on to a new length", async () => {
    const run = at("longer");
    cpSync(at("whole/rlhf"), run, { recursive: true });
    await expect(resumeRun(run, { options: { iterations: 5 } })).rejects.toThrow("has done 72 steps, and with these options it is to do 30"); // prettier-ignore
    const { summary } = await resumeRun(run, { options: { iterations: 13 } });
    expect(summary.steps).toBe(78);
    expect(readRun(run).config.options).toMatchObject({ iterations: 13, totalSteps: 78 });
  });
});

describe("what is missing or has changed is told before anything is trained", () => {
  const copy = (
    name: string,
    change: (run: string, config: { inputs: { sources: Record<string, string> } }) => void,
  ): string => {
    // prettier-ignore
    const run = mkdtempSync(join(folder, "changed-"));
    cpSync(at(`whole/${name}`), run, { recursive: true });
    const config = JSON.parse(readFileSync(join(run, "config.json"), "utf8")) as { inputs: { sources: Record<string, string> } }; // prettier-ignore
    change(run, config);
    writeFileSync(join(run, "config.json"), JSON.stringify(config));
    return run;
  };

  test("files that changed, folders that are gone, other options, texts.jsonl", async () => {
    writeFileSync(at("other-prompts.txt"), "a\nb\n");
    const others = copy("rlhf", (_, config) => (config.inputs.sources.prompts = at("other-prompts.txt")));
    await expect(resumeRun(others)).rejects.toThrow(/the prompts \(.*other-prompts\.txt\) have changed since .* began/);
    const gone = copy("sft", (_, config) => (config.inputs.sources.model = at("nowhere")));
    await expect(resumeRun(gone)).rejects.toThrow(/there is no folder .*nowhere/);
    const noTexts = copy("sft", (_, config) => delete config.inputs.sources.texts);
    await expect(resumeRun(noTexts)).rejects.toThrow("does not say what it learns from");
    const fixed = copy("sft", () => undefined);
    await expect(resumeRun(fixed, { options: { batch: 7, epochs: 4 } })).rejects.toThrow('option "batch" is 6 in the checkpoint and cannot become 7'); // prettier-ignore
    const lost = copy("rlhf", (run) => rmSync(join(run, "texts.jsonl")));
    await expect(resumeRun(lost)).rejects.toThrow("it has no texts.jsonl");
    const damaged = copy("rlhf", (run) => writeFileSync(join(run, "texts.jsonl"), '{"update":0}\n'));
    await expect(resumeRun(damaged)).rejects.toThrow(/texts\.jsonl is damaged: line 1 has no step/);
    const cut = copy("rlhf", (run) => truncateSync(join(run, "checkpoints/last.safetensors"), 100));
    await expect(resumeRun(cut)).rejects.toThrow(InputError);
  });

  test("records name file and line", async () => {
    const train = (more: object) => trainSftToRun({ ...options.sft, texts: at("bad.jsonl"), ...more } as never, { runDir: at("none") }); // prettier-ignore
    writeFileSync(at("bad.jsonl"), lines([texts[0], { text: "a b c d e a b c d e a b" }]));
    await expect(train({})).rejects.toThrow(/bad\.jsonl, line 2 has 14 tokens with its ends, and the model sees 10/);
    writeFileSync(at("bad.jsonl"), lines([texts[0], { text: "a z" }]));
    await expect(train({})).rejects.toThrow(/bad\.jsonl, line 2: the tokenizer does not know the word "z"/);
    writeFileSync(at("bad.jsonl"), Buffer.from([0x61, 0x0a, 0xff]));
    await expect(train({})).rejects.toThrow(/bad\.jsonl is not text in UTF-8: byte 2, in line 2/);
    writeFileSync(at("bad.jsonl"), "");
    await expect(train({})).rejects.toThrow(/bad\.jsonl is empty/);
    writeFileSync(at("bad.txt"), `a\n\n${"a b ".repeat(6)}\n`);
    await expect(trainRlhfToRun({ ...options.rlhf, prompts: at("bad.txt") } as never, { runDir: at("none") })).rejects.toThrow(/bad\.txt, line 3 has 13 tokens, and the model sees 10 at once/); // prettier-ignore
    expect(existsSync(at("none"))).toBe(false);
  });
});

describe("a reward of a file", () => {
  test("is loaded for who names it, and of a folder only where that is allowed", async () => {
    writeFileSync(at("reward.mjs"), "export default (prompt, text, ended) => text.length / 10 - (ended ? 0 : 1);\n");
    const { summary } = await trainRlhfToRun({ ...options.rlhf, reward: at("reward.mjs"), iterations: 2 } as never, { runDir: at("runs"), name: "file" }); // prettier-ignore
    await expect(resumeRun(summary.run, { options: { iterations: 3 } })).rejects.toThrow(/names a reward of its own, .*reward\.mjs.*--allow-module/s); // prettier-ignore
    const more = await resumeRun(summary.run, { options: { iterations: 3 }, allowModules: at("reward.mjs") });
    expect(more.summary.steps).toBe(18);
    writeFileSync(at("reward.mjs"), "export default () => 1;\n");
    await expect(resumeRun(summary.run, { options: { iterations: 4 }, allowModules: at("reward.mjs") })).rejects.toThrow(/the reward \(.*reward\.mjs\) has changed/); // prettier-ignore
  });

  test("that fails is named, with the last good checkpoint", async () => {
    const train = (code: string, name: string) => {
      writeFileSync(at(name), code);
      return trainRlhfToRun({ ...options.rlhf, reward: at(name), iterations: 3 } as never, {
        runDir: at("failing"),
        name,
      });
    };
    const nan = await train("let n = 0; export default () => (n++ > 12 ? NaN : 1);\n", "nan.mjs").catch((error: unknown) => error as Error); // prettier-ignore
    expect(nan).toBeInstanceOf(RunError);
    expect((nan as Error).message).toMatch(/the reward of text \d+ of \d+ is NaN.*\nThe last good checkpoint, of step \d+, is .*last\.safetensors/s); // prettier-ignore
    await expect(train("export default () => { throw new Error('out of paper'); };\n", "throws.mjs")).rejects.toThrow(/the reward failed on text 1 of 5, behind "a": out of paper/); // prettier-ignore
    expect(readRun(at("failing/throws.mjs")).summary!.status).toBe("failed");
    await expect(train("export const reward = 1;\n", "none.mjs")).rejects.toThrow("has no default export, but must export a function"); // prettier-ignore
    await expect(train("syntax error", "broken.mjs")).rejects.toThrow("broken.mjs cannot be loaded");
  });
});

describe("several β", () => {
  const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  const command = (iterations: number, ...more: string[]): string[] => ["rlhf", "--model", model, "--reward", at("whole/reward-model"), "--prompts", at("prompts.txt"), "--kl-coefficient", "0,0.5", "--episodes", "6", "--strict", "--iterations", String(iterations), "--run-dir", at("groups"), ...more]; // prettier-ignore
  const polgrad = async (argv: readonly string[]) => {
    const child = spawn(process.execPath, [program, ...argv], { stdio: ["ignore", "pipe", "pipe"] });
    const written = { stdout: "", stderr: "" };
    child.stdout.on("data", (text: Buffer) => (written.stdout += text.toString()));
    child.stderr.on("data", (text: Buffer) => (written.stderr += text.toString()));
    const [code] = (await once(child, "close")) as [number];
    return { code, ...written };
  };

  test("are runs below one folder, with one report; the same command goes on with them, and no other", async () => {
    const { code, stdout } = await polgrad(command(2, "--name", "first"));
    expect(code).toBe(0);
    expect(stdout).toMatch(/β {2}reward {4}KL {2}length\n {6}0 .*\n {4}0\.5 /);
    expect(stdout).not.toContain("hacked"); // there is no truth
    const group = at("groups/first");
    expect(readdirSync(group).sort()).toEqual(["kl-0", "kl-0.5", "report.html"]);
    expect(readRun(join(group, "kl-0.5")).config.options).toMatchObject({ klCoefficient: 0.5, iterations: 2 });

    expect((await polgrad(command(3, "--name", "first", "--quiet"))).code).toBe(0);
    for (const run of ["kl-0", "kl-0.5"]) expect(readRun(join(group, run)).updates).toHaveLength(3);

    const other = await polgrad(command(3, "--name", "first", "--temperature", "0.5"));
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/kl-0 was started with temperature = 1, and not 0\.5: .*another --name/);
  });

  test("of two processes that begin the same, one is told of the other", async () => {
    const both = await Promise.all([0, 1].map(() => polgrad(command(20, "--name", "twice", "--quiet"))));
    expect(both.map(({ code }) => code).sort()).toEqual([0, 2]);
    expect(both.find(({ code }) => code === 2)!.stderr).toMatch(/another process \(\d+, since .*\) works on .*twice/s);
    expect(readdirSync(at("groups/twice")).sort()).toEqual(["kl-0", "kl-0.5", "report.html"]);
    for (const run of ["kl-0", "kl-0.5"]) expect(readRun(at(`groups/twice/${run}`)).updates).toHaveLength(20);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s of the whole group stops and saves each, and says how to go on", async (signal, exitCode) => {
    const child = spawn(process.execPath, [program, ...command(4000, "--jobs", "2", "--seed", "3")], { stdio: ["ignore", "pipe", "inherit"], detached: true }); // prettier-ignore
    let stdout = "";
    let isAsked = false;
    child.stdout.on("data", (text: Buffer) => {
      stdout += text.toString();
      if (isAsked || !["β 0 ", "β 0.5 "].every((run) => stdout.includes(run))) return; // until both have begun
      isAsked = process.kill(-child.pid!, signal);
    });
    const [code] = (await once(child, "close")) as [number];
    expect(code, stdout).toBe(exitCode);
    expect(stdout).toContain("Stopping each run after its iteration in progress, and saving.");
    const told = /All is saved in (\S+): kl-0 at iteration (\d+) of 4000, kl-0\.5 at iteration (\d+) of 4000\./.exec(stdout); // prettier-ignore
    expect(told, stdout).not.toBeNull();
    const [, group, ...done] = told!;
    expect(stdout).toMatch(/Go on with\n {2}npx polgrad rlhf .* --seed 3 --name rlhf-3-\S+\n$/);
    ["kl-0", "kl-0.5"].forEach((name, i) => {
      const { updates, summary } = readRun(join(group, name));
      expect([updates.length, summary!.status]).toEqual([Number(done[i]), "interrupted"]);
    });
    expect(readdirSync(group).sort()).toEqual(["kl-0", "kl-0.5"]);
  });
});
