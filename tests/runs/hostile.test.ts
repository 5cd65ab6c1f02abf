// Run folders that somebody else wrote: whatever their texts hold, a report has the elements that it has anyway, a
// terminal gets nothing to obey, a spreadsheet nothing to compute; and what is no text at all is refused in words.

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { InputError, RunError } from "../../src/errors.ts";
import { writeLearningCurve, writeReport } from "../../src/node.ts";
import { progressUpToStep } from "../../src/runs/progress-csv.ts";
import { runFiles } from "../../src/runs/run-folder.ts";
import { resumeRun, trainToRun } from "../../src/runs/train-run.ts";
import { markdownText } from "../../src/suites/tables.ts";
import { fakeContext, fakeLibrary } from "../cli/fake-library.ts";
import { xmlProblem } from "./animation/well-formed.ts";
import { createFakeTraining } from "./fake-training.ts";

const cases = Number(process.env.POLGRAD_CASES ?? 2);
const forbidden = /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/; // eslint-disable-line no-control-regex

type Json = Record<string, unknown>;
let folder: string;
let good: string;
let run: string;
const read = (path: string): Json => JSON.parse(readFileSync(path, "utf8")) as Json;
const write = (path: string, value: unknown): void => writeFileSync(path, JSON.stringify(value));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "polgrad-hostile-"));
  [good, run] = [join(folder, "good"), join(folder, "run")];
  const options = { env: "CartPole-v1", totalSteps: 300, text: "x", list: ["x"], nested: { text: "x" } };
  const settings = { runDir: folder, name: "good", command: "polgrad train" };
  await trainToRun("ppo", options, settings, createFakeTraining);
  await resumeRun(good, { totalSteps: 600 }, createFakeTraining);
  const { config, summary } = runFiles(good);
  write(config, { ...read(config), algorithm: "dream" }); // whose options have no defaults to be marked against
  write(summary, { ...read(summary), status: "failed", error: "x", warnings: ["x", "y"] });
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(run, { recursive: true, force: true }));

const hostile = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        ...["<script>alert(1)</script>", "</title>", "</style>", "-->", "]]>", "<!--", "<img src=x onerror=alert(1)>"],
        ...['"', "'", "&", "<", ">", "&lt;", "$&", "$'", "$`", "$1", "javascript:", "\\", "|", "`", "__proto__"],
        ...[
          "\x1b[31m",
          "\x1b]0;x\x07",
          "\x9b1m",
          "\x7f",
          "\0",
          "\r",
          "\n",
          "\t",
          "\u202e",
          "\u2066",
          "\ud800",
          "\uffff",
        ],
        ...["=1+1", "+1", "-1", "@x", ",", "constructor", "a", " "],
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((parts) => parts.join("")),
  fc.string({ unit: "binary", minLength: 1 }),
);

/** What is not read as text, or decides what is shown. */
const kept = ["format", "status"];

/** The value with every text and every name of an option in it replaced. */
function poisoned(value: unknown, next: () => string, key = ""): unknown {
  if (typeof value === "string") return kept.includes(key) ? value : next();
  if (Array.isArray(value)) return value.map((one) => poisoned(one, next));
  if (typeof value !== "object" || value === null) return value;
  const isFree = key === "options" || key === "changed";
  const ownNames = ["totalSteps", "totalEpisodes", "env"];
  const entries = Object.entries(value).map(([name, one]): [string, unknown] => [
    isFree && !ownNames.includes(name) ? `${next()}${name}` : name,
    poisoned(one, next, name),
  ]);
  return Object.fromEntries(entries);
}

/** A run whose every text is one of these. */
function poison(texts: readonly string[]): void {
  let used = 0;
  const next = () => texts[used++ % texts.length];
  rmSync(run, { recursive: true, force: true });
  cpSync(good, run, { recursive: true });
  const { config, summary, metrics } = runFiles(run);
  for (const path of [config, summary]) write(path, poisoned(read(path), next));
  const [first] = readFileSync(metrics, "utf8").split("\n");
  const names = Object.keys(JSON.parse(first) as Json).filter((name) => !/^(update|step|episodes|meanReturn100|finished|evaluation)$/.test(name)); // prettier-ignore
  const renamed = new Map(names.map((name) => [name, `${next()}${name}`]));
  const lines = readFileSync(metrics, "utf8").trimEnd().split("\n");
  const changed = lines.map((line) =>
    JSON.stringify(
      Object.fromEntries(
        Object.entries(JSON.parse(line) as Json).map(([name, value]) => [renamed.get(name) ?? name, value]),
      ),
    ),
  );
  writeFileSync(metrics, `${changed.join("\n")}\n`);
}

/** The elements of a page with their attributes, but for the drawings' numbers. */
function elements(html: string): string[] {
  const { document } = parseHTML(html);
  return [...document.querySelectorAll("*")].map(({ tagName, attributes, parentNode }) => {
    const own = [...attributes].map(
      ({ name, value }) => `${name}=${/^(class|style|href|src|on)/.test(name) ? value : ""}`,
    );
    return [parentNode?.nodeName, tagName, ...own].join(" ");
  });
}

const texts = fc.array(hostile, { minLength: 40, maxLength: 40 });

test("a report has the same elements, whatever the texts are", async () => {
  poison(["x"]);
  await writeReport(run);
  const expected = elements(readFileSync(runFiles(run).report, "utf8"));
  expect(expected.length).toBeGreaterThan(150);
  await fc.assert(
    fc.asyncProperty(texts, async (some) => {
      poison(some);
      await writeReport(run);
      const html = readFileSync(runFiles(run).report, "utf8");
      expect(elements(html)).toEqual(expected);
      expect(html).not.toMatch(/<script|<img|<iframe|<link|\bon\w+="|javascript:[^"<]*"/i);
      expect(html).not.toMatch(forbidden);
    }),
    { numRuns: cases },
  );
});

test("a drawing that stands alone stays well-formed", async () => {
  const path = join(folder, "curve.svg");
  poison(["x"]);
  await writeLearningCurve(run, path);
  const tags = (svg: string) => svg.match(/<\/?\w+/g);
  const expected = tags(readFileSync(path, "utf8"));
  await fc.assert(
    fc.asyncProperty(texts, async (some) => {
      poison(some);
      await writeLearningCurve(run, path);
      const svg = readFileSync(path, "utf8");
      expect(xmlProblem(svg)).toBeNull();
      expect(tags(svg)).toEqual(expected);
      expect(svg).not.toMatch(forbidden);
    }),
    { numRuns: cases },
  );
});

test("a terminal gets nothing to obey, and no lines but ours", async () => {
  const library = { ...fakeLibrary };
  async function lines(argv: string[]): Promise<number> {
    const { context, written } = fakeContext(argv, folder, { library });
    await runCli(context);
    const text = written.stdout + written.stderr;
    expect(text).not.toBe("");
    expect(text, argv.join(" ")).not.toMatch(forbidden);
    return text.split("\n").length;
  }
  const commands = () => [
    ["evaluate", run, "--episodes", "2"],
    ["evaluate", run, "--episodes", "2", "--json"],
    ["watch", run, "--max-steps", "2"],
    ["resume", run],
    ["resume", run, "--debug"],
    ["export", run, join(folder, "x.onnx")],
    ["benchmark", run],
  ];
  await fc.assert(
    fc.asyncProperty(texts, async (some) => {
      poison(some);
      for (const argv of commands()) await lines(argv);
    }),
    { numRuns: cases },
  );
  poison(["x"]);
  const usual: number[] = [];
  for (const argv of commands()) usual.push(await lines(argv));
  poison(["x\npolgrad: it is safe"]);
  for (const [i, argv] of commands().entries()) expect(await lines(argv), argv.join(" ")).toBe(usual[i]);
});

test("what is of another type is refused in words, and nothing else happens", async () => {
  const { config, summary, metrics } = runFiles(good);
  const paths = [config, summary].flatMap((path) => keysOf(read(path)).map((keys) => ({ path, keys })));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 1 }), async ({ path, keys }, value) => {
      rmSync(run, { recursive: true, force: true });
      cpSync(good, run, { recursive: true });
      write(path.replace(good, run), replaced(read(path), keys, value));
      const error: unknown = await writeReport(run).catch((error: unknown) => error);
      if (error !== undefined) expect(error).toBeInstanceOf(InputError);
      else expect(readFileSync(runFiles(run).report, "utf8")).not.toMatch(/undefined|\[object/);
      const resumed: unknown = await resumeRun(run, {}, createFakeTraining).catch((error: unknown) => error);
      if (resumed instanceof Error) expect(resumed).toBeInstanceOf(InputError);
    }),
    { numRuns: 2 * cases },
  );
  const line = JSON.parse(readFileSync(metrics, "utf8").split("\n")[0]) as Json;
  for (const wrong of [{ finished: [null] }, { finished: [{ step: "<b>" }] }, { evaluation: { mean: "<b>" } }]) {
    cpSync(good, run, { recursive: true });
    writeFileSync(runFiles(run).metrics, `${JSON.stringify({ ...line, ...wrong })}\n`);
    await expect(writeReport(run)).rejects.toThrow(/metrics\.jsonl is damaged: line 1/);
  }
});

function keysOf(value: unknown): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => [[key], ...keysOf(one).map((keys) => [key, ...keys])]);
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as Json) }) as Json;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

test("a spreadsheet takes no name of a metric for a formula, and a resumed run finds its columns", async () => {
  const names = ["=1+1", "+x", "-x", "@sum", "a,b", 'say "hi"', "\tx", " =x", "x"];
  const create: typeof createFakeTraining = async (algorithm, options, resume) => {
    const training = await createFakeTraining(algorithm, options, resume);
    const update = training.updateInSlices;
    return Object.defineProperty(training, "updateInSlices", {
      *value(this: typeof training): ReturnType<typeof update> {
        const report = yield* update.call(this);
        return { ...report, metrics: Object.fromEntries(names.map((name, i) => [name, -i - 0.5])) };
      },
    });
  };
  const settings = { runDir: folder, name: "formulas" };
  const { summary } = await trainToRun("ppo", { env: "CartPole-v1", totalSteps: 300 }, settings, create);
  await resumeRun(summary.run, { totalSteps: 600 }, create);
  const { progress } = runFiles(summary.run);
  const [header, ...rows] = readFileSync(progress, "utf8").trimEnd().split("\n");
  expect(header).toContain(`'=1+1,'+x,'-x,'@sum,"a,b","say ""hi""",'\\u0009x,' =x,x`);
  for (const row of rows) expect(row).toMatch(/,-0\.5,-1\.5,-2\.5,-3\.5,-4\.5,-5\.5,(-6\.5)?,-7\.5,-8\.5$/);
  expect(progressUpToStep(progress, Infinity).columns.slice(-9, -5)).toEqual(names.slice(0, 4));
});

test("Markdown gets one line and no HTML", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(markdownText(text)).not.toMatch(/(?<!\\)<|\n/);
      expect(markdownText(text)).not.toMatch(forbidden);
    }),
  );
});

test.each(["metrics", "progress"] as const)(
  "%s that is a link to a file elsewhere leaves that file alone",
  async (log) => {
    cpSync(good, run, { recursive: true });
    write(runFiles(run).config, { ...read(runFiles(run).config), algorithm: "ppo" });
    const [path, elsewhere] = [runFiles(run)[log], join(folder, "elsewhere")];
    const content = log === "metrics" ? readFileSync(path, "utf8") : "a line\nanother\n";
    writeFileSync(elsewhere, content);
    rmSync(path);
    symlinkSync(elsewhere, path);
    const error: unknown = await resumeRun(run, { totalSteps: 900 }, createFakeTraining).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RunError);
    expect((error as Error).message).toContain(`cannot write ${path}: it is a symbolic link`);
    expect(readFileSync(elsewhere, "utf8")).toBe(content);
  },
);
