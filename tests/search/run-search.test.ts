// Searches of real trainings on identity environments, carried out in this process.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RunError } from "../../src/errors.ts";
import type { JobControls } from "../../src/jobs/run-jobs.ts";
import { searchFiles } from "../../src/search/folder.ts";
import { readJournal, replay } from "../../src/search/journal.ts";
import { makePlan, type SearchInput } from "../../src/search/make-plan.ts";
import type { Plan } from "../../src/search/plan.ts";
import { runSearch, type SearchSettings } from "../../src/search/run-search.ts";
import carryOutTrial, { type TrialProgress, type TrialTask } from "../../src/search/trial-task.ts";
import carryOutTraining from "../../src/suites/training-task.ts";
import { resolveOptions, trainPpo } from "../../src/training/index.ts";

let folder: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "polgrad-search-"));
  out = join(folder, "out");
});
afterEach(() => rmSync(folder, { recursive: true }));

const tiny: SearchInput = {
  algorithm: "ppo",
  env: "Identity-v0",
  options: {
    totalSteps: 600,
    envs: 2,
    rollout: 32,
    minibatches: 2,
    epochs: 2,
    hidden: [[4], [8]],
    learningRate: "1e-3..0.1",
  },
  only: [],
  seeds: [1, 2],
  rungs: 2,
  episodes: 3,
};
const few: SearchSettings = { trials: 5, jobs: 1, finalists: 1, freshSeeds: [11], finalEpisodes: 3 };

type CarryOut = NonNullable<SearchSettings["carryOut"]>;

/** A piece that trains nothing: its value and its weights come from its options, its seed and its rung alone. */
const pretend: CarryOut = async ({ options, share }, { signal, onProgress }) => {
  if (signal?.aborted) return "interrupted";
  const text = JSON.stringify([options.learningRate, options.hidden, options.seed, share]);
  const weightsSha256 = createHash("sha256").update(text).digest("hex");
  const value = -Math.abs(Math.log10(Number(options.learningRate)) + 2) - options.hidden[0] / 100;
  onProgress?.({ fraction: 1, step: 600, meanReturn: 0, outcome: { value, steps: 600, weightsSha256 } });
  return "finished";
};

/** A training with fresh seeds that learns nothing, and leaves what a sweep reads of it. */
const pretendTraining: NonNullable<SearchSettings["carryOutTraining"]> = async ({ run, algorithm, evaluation }) => {
  mkdirSync(run, { recursive: true });
  const weightsSha256 = "0";
  const numbers = { steps: 600, episodes: 6, wallSeconds: 1, stepsPerSecond: 600, meanReturn100: 1, solvedAtStep: null, rewardThreshold: null }; // prettier-ignore
  writeFileSync(join(run, "summary.json"), JSON.stringify({ status: "finished", algorithm, env: "Identity-v0", seed: 1, ...numbers, weightsSha256, run })); // prettier-ignore
  writeFileSync(join(run, "evaluation.json"), JSON.stringify({ ...evaluation, weightsSha256, mean: 1, std: 0, min: 1, max: 1 })); // prettier-ignore
  return "finished";
};

/** A search here, with the pieces that were carried out, in their order. */
async function run(settings: SearchSettings = {}, plan?: Plan, carryOut: CarryOut = pretend) {
  const pieces: string[] = [];
  const watch = (task: TrialTask, controls: JobControls<TrialProgress>) => {
    pieces.push(`${/(\d+)-seed/.exec(task.checkpoint)![1]} ${task.options.seed} ${task.share.toFixed(2)}`);
    return carryOut(task, controls);
  };
  const result = await runSearch(plan ?? (await makePlan(tiny)), {
    out,
    ...few,
    carryOut: watch,
    carryOutTraining: pretendTraining,
    ...settings,
  });
  return { result, pieces };
}

const journal = (of = out) => readJournal(searchFiles(of).journal)!;
/** Decisions and results without times: what a search is. */
const essence = (of = out) =>
  journal(of).lines.flatMap((line) => {
    if ("start" in line) return [line.start];
    if (!("result" in line)) return [];
    const { seconds: _, ...rest } = line.result;
    return [rest];
  });
const ranked = (lines: readonly object[]) => lines.map((line) => JSON.stringify(line)).sort();

describe("a search", () => {
  let whole: Awaited<ReturnType<typeof run>>;
  let there: string;
  beforeAll(async () => {
    there = mkdtempSync(join(tmpdir(), "polgrad-search-"));
    whole = await run({ out: there, carryOutTraining }, undefined, carryOutTrial);
  });
  afterAll(() => rmSync(there, { recursive: true }));

  test("leaves a journal, what was found, a report, and a sweep with fresh seeds; no checkpoints", () => {
    const { result, pieces } = whole;
    expect(pieces.slice(0, 4)).toEqual(["0 1 0.33", "0 1 1.00", "0 2 1.00", "1 1 0.33"]);
    expect(result).toMatchObject({ status: "finished", trials: 5 });
    expect(result.finals.map(({ trial }) => trial).sort()).toContain(0);
    expect(readdirSync(there).sort()).toEqual(["best.json", "final", "journal.jsonl", "report.html"]);
    const best = JSON.parse(readFileSync(searchFiles(there).best, "utf8")) as Record<string, unknown>;
    expect(best).toMatchObject({ ...result.best!.values, totalSteps: 600, epochs: 2 });
    expect(best).not.toHaveProperty("clip"); // as it is usual
    expect(() => resolveOptions("ppo", { ...best, env: tiny.env })).not.toThrow();
    expect(result.best!.result.seeds.map(({ seed }) => seed)).toEqual([11]);
  });

  test("its journal replays to the same decisions", () => {
    const starts = journal(there).lines.flatMap((line) => ("start" in line ? [line.start] : []));
    expect(starts.length).toBeGreaterThan(7);
    expect(replay(journal(there))).toEqual(starts);
  });

  test("a trial that went from rung to rung has the bits of its options and seed", async () => {
    const { plan, lines } = journal(there);
    const ended = lines.flatMap((line) =>
      "result" in line && plan.rungs[line.result.rung].share === 1 ? [line.result] : [],
    );
    expect(ended.length).toBeGreaterThanOrEqual(4);
    for (const { trial, seed, weightsSha256 } of ended.slice(0, 4)) {
      const { options } = lines
        .flatMap((line) => ("start" in line ? [line.start] : []))
        .find((start) => start.trial === trial)!;
      const { summary } = await trainPpo({ ...plan.fixed, ...options, env: tiny.env as string, seed });
      expect(summary.weightsSha256).toBe(weightsSha256);
    }
  });

  test("its report tells what was found at the top, and has every trial", () => {
    const html = readFileSync(searchFiles(there).report, "utf8");
    expect(html).not.toMatch(/NaN|undefined|\[object|<script|https?:\/\/(?!www\.w3\.org)/);
    const { document } = parseHTML(html);
    expect(document.querySelector(".verdict")?.textContent).toMatch(/^(Found: trial \d|Nothing was found)/);
    const tables = [...document.querySelectorAll("table.results")];
    expect([...tables.at(-1)!.querySelectorAll("tbody th")].map(({ textContent }) => textContent).sort()).toEqual(["trial 1", "trial 2", "trial 3", "trial 4", "usual"]); // prettier-ignore
    for (const link of document.querySelectorAll("a"))
      expect(existsSync(join(there, link.getAttribute("href")!))).toBe(true);
  });

  test("carried out again, it is done; with more trials it goes on", async () => {
    const again = await run({ out: there }, undefined, carryOutTrial);
    expect(again.pieces).toEqual([]);
    const more = await run({ out: there, trials: 6 }, undefined, carryOutTrial);
    expect(more.pieces[0]).toBe("5 1 0.33");
    expect(more.result.trials).toBe(6);
    await expect(run({ out: there }, await makePlan({ ...tiny, seeds: [1, 3] }))).rejects.toThrow(
      /holds another search:\n- seeds 1,2, not 1,3/,
    );
  });
});

test("stopped at any place, and with half a line in its journal, it goes on to the same search", async () => {
  const plan = await makePlan({ ...tiny, synchronous: true });
  await run({}, plan);
  const undisturbed = ranked(essence());
  const torn = join(folder, "torn");
  for (let sitting = 0; sitting < 12; sitting++) {
    const stop = new AbortController();
    let calls = 0;
    // Each sitting ends within a piece or, every second time, as its process would be killed: with nothing said.
    const carryOut: CarryOut = (task, { signal, onProgress }) => {
      if (++calls === 3 + (sitting % 2)) stop.abort();
      if (stop.signal.aborted && sitting % 2 === 1) return Promise.reject(new RunError("killed"));
      return pretend(task, { signal, onProgress });
    };
    const { result } = await run({ out: torn, jobs: 2, signal: stop.signal }, plan, carryOut);
    if (result.status === "finished") break;
    expect(result.best).toBe(null);
    const file = searchFiles(torn).journal;
    writeFileSync(file, '{"at":1,"star', { flag: "a" });
    expect(readJournal(file)!.length).toBe(readFileSync(file).length - 13);
  }
  expect(ranked(essence(torn))).toEqual(undisturbed);
});

test("a piece that was stopped within goes on to the same bits", async () => {
  const { fixed, usual } = await makePlan(tiny);
  const task = (checkpoint: string): TrialTask => ({
    algorithm: "ppo",
    options: resolveOptions("ppo", { ...fixed, ...usual, env: "Identity-v0" }),
    share: 1,
    evaluation: { episodes: 2, seed: 1, deterministic: true },
    checkpoint: join(folder, checkpoint),
  });
  const outcomeOf = async (of: TrialTask, signal?: AbortSignal, onStep?: () => void) => {
    let latest: TrialProgress | undefined;
    const status = await carryOutTrial(of, { signal, onProgress: (progress) => (latest = progress) && onStep?.() });
    return { status, outcome: latest?.outcome };
  };
  const whole = await outcomeOf(task("a"));
  const stop = new AbortController();
  let steps = 0;
  expect(await outcomeOf(task("b"), stop.signal, () => ++steps === 3 && stop.abort())).toEqual({ status: "interrupted", outcome: undefined }); // prettier-ignore
  expect(await outcomeOf(task("b"))).toEqual(whole);
  expect(whole.outcome?.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
});

describe("what fails", () => {
  test("a training that diverges is a result, and the worst", async () => {
    const plan = await makePlan({ ...tiny, options: { ...tiny.options, learningRate: [0.01, 1e30], hidden: [8] } });
    const { result } = await run({ trials: 4 }, plan, carryOutTrial);
    const results = journal().lines.flatMap((line) => ("result" in line ? [line.result] : []));
    expect(results.filter(({ value }) => value === null).length).toBeGreaterThan(0);
    expect(results.find(({ value }) => value === null)!.problem).toMatch(/not finite|NaN/);
    expect(result.finals.every(({ values }) => values.learningRate !== 1e30)).toBe(true);
    expect(readFileSync(searchFiles(out).report, "utf8")).toContain("Without a return");
  });

  test("a process that dies is followed by another, which goes on to the same bits", async () => {
    await run({ out: join(folder, "whole") });
    let deaths = 0;
    const { result } = await run({}, undefined, (task, controls) => {
      if (task.options.seed === 1 && deaths < 2)
        return Promise.reject(new RunError(`its process was ended by SIGKILL (${++deaths})`));
      return pretend(task, controls);
    });
    expect(result.status).toBe("finished");
    expect(journal().lines.flatMap((line) => ("lost" in line ? [line.lost] : []))).toHaveLength(2);
    expect(essence()).toEqual(essence(join(folder, "whole")));
  });

  test("one that always dies is a result where it is not the usual one, and ends the search where it is", async () => {
    const dies =
      (which: string): CarryOut =>
      (task, controls) =>
        task.checkpoint.includes(`/${which}-seed`)
          ? Promise.reject(new RunError("out of memory"))
          : pretend(task, controls);
    await run({}, undefined, dies("2"));
    expect(journal().lines).toContainEqual(expect.objectContaining({ result: expect.objectContaining({ trial: 2, value: null, problem: "out of memory, 3 times" }) as unknown })); // prettier-ignore
    const other = join(folder, "other");
    await expect(run({ out: other }, undefined, dies("0"))).rejects.toThrow(
      "the training with the usual options failed: out of memory, 3 times. The same command goes on from here",
    );
    expect((await run({ out: other })).result.status).toBe("finished"); // once that is put right
  });
});

describe("time", () => {
  test("ends the search in time for what is trained at its end; with more of it, the search goes on", async () => {
    const slow: CarryOut = async (task, controls) => {
      await new Promise((resolve) => setTimeout(resolve, 40));
      return pretend(task, controls);
    };
    const { result } = await run({ trials: undefined, seconds: 0.5 }, undefined, slow);
    expect(result.status).toBe("finished");
    expect(journal().lines.find((line) => "open" in line)).toMatchObject({ open: false, because: "time" });
    // A whole training takes 40 ms and two of them are to follow, one after the other: so much before its end.
    expect(result.seconds).toBeGreaterThan(0.2);
    expect(result.seconds).toBeLessThan(0.5);
    const more = await run({ trials: result.trials + 2 }, undefined, slow);
    expect(more.result.trials).toBe(result.trials + 2);
  });

  test("that is none, or trials that are too few, are told", async () => {
    await expect(run({ trials: undefined })).rejects.toThrow(
      "how long is the search to take? Give --minutes, --hours or --trials",
    );
    await expect(run({ seconds: 0 })).rejects.toThrow("the search has no time: give it more than 0 seconds");
    await expect(run({ trials: 2 })).rejects.toThrow("a search of 2 trials cannot fill 3 rungs");
    await expect(run({ freshSeeds: [5, 2] })).rejects.toThrow("seed 2 is not fresh: it is one of the trials' seeds");
    expect(existsSync(out)).toBe(false);
  });
});

test("a folder of something else, and a damaged or newer journal, are refused", async () => {
  await run();
  const file = searchFiles(out).journal;
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace("polgrad-search-1", "polgrad-search-2"));
  await expect(run()).rejects.toThrow(/was written by a newer polgrad: its format is polgrad-search-2/);
  writeFileSync(file, text.replace('"trial":1', '"trial":9'));
  await expect(run()).rejects.toThrow(/journal\.jsonl is damaged: line \d+ does not follow from those before/);
  await expect(run({ out: folder })).rejects.toThrow(
    "holds files other than a search's: name a folder of its own with --out",
  );
});
