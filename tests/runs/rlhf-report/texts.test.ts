// Runs that are too long to be held in memory, or to be the arguments of a function.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGenerator } from "../../../src/random/index.ts";
import { rlhfRunOf } from "../../../src/runs/language/rlhf-run.ts";
import { readTexts, type TextsOfUpdate, type WrongSample } from "../../../src/runs/rlhf-report/texts.ts";
import { makeRun, textsLine } from "./folders.ts";

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "polgrad-texts-"))));
afterAll(() => rmSync(folder, { recursive: true }));

function read(lines: readonly TextsOfUpdate[], most?: number) {
  const path = join(folder, "texts.jsonl");
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return readTexts(path, most);
}

test("of watched texts no more are kept than asked for, evenly, with the first and the last", () => {
  const lines = Array.from({ length: 100 }, (_, update) => textsLine(update)); // of three tokens each
  const updatesOf = (most?: number, of = lines) => read(of, most).watched.map(({ update }) => update);
  expect(updatesOf()).toEqual(lines.map(({ update }) => update));
  expect(updatesOf(300)).toHaveLength(100);
  expect(updatesOf(45)).toEqual([0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 99]);
  expect(updatesOf(1)).toEqual([0, 99]);
  expect(updatesOf(45, [textsLine(0, { watched: [] })])).toEqual([]);
  expect(readTexts(join(folder, "none.jsonl"))).toEqual({ watched: [], wrongest: [] });
});

test("the texts that the reward is most wrong about are those of all, each of another update and another text", () => {
  const generator = createGenerator(7);
  const below = (n: number): number => Math.floor(generator.uniform(0, n));
  for (let round = 0; round < 30; round++) {
    // Few different texts and numbers, so that many share them.
    const lines = Array.from({ length: 25 }, (_, update) =>
      textsLine(update, {
        written: Array.from({ length: 12 }, () => ({
          prompt: "a",
          text: `text ${below(round % 2 ? 6 : 60)}`,
          score: below(20) === 0 ? null : below(40) / 10,
          truth: below(20) / 10,
          ended: true,
          length: 3,
        })),
      }),
    );
    const all = lines.flatMap(({ update, written }) => written.map((sample) => ({ ...sample, update }))).filter(({ score }) => score !== null); // prettier-ignore
    const excess = ({ score, truth }: WrongSample): number => score! - truth!;
    const seen = new Set<string | number>();
    const wanted = all.sort((a, b) => excess(b) - excess(a)).filter(({ text, update }) => !seen.has(text) && !seen.has(update) && seen.add(text).add(update)).slice(0, 4); // prettier-ignore
    expect(read(lines).wrongest).toEqual(wanted);
  }
});

test("a run of 200,000 iterations has its numbers", () => {
  const run = makeRun(join(folder, "long"), {
    updates: 200_000,
    metrics: (update) => ({ score: 1, kl: update / 1e5, truth: update === 777 ? 3 : 1, wellFormed: 1, distinct: 1 }),
    texts: [textsLine(0), textsLine(200_000)],
  });
  expect(rlhfRunOf(run, 0.1)).toMatchObject({ truth: 1, truthPeak: 3 });
});
