// What experiments of bench/ share.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";

interface Run {
  readonly seed: number;
  readonly value?: number;
}
interface Experiment {
  seedsOf(text: string): number[];
  rounded(x: number, digits: number): string;
  table(rows: readonly (readonly string[])[]): string;
  carryOutAll(all: readonly Run[], how: object): Promise<Run[]>;
}
const experiment = (await import(new URL("../../bench/lib/experiment.mjs", import.meta.url).href)) as Experiment;

test("seeds are one or a range, numbers have no minus before zeros alone, and columns are aligned", () => {
  expect(experiment.seedsOf("7")).toEqual([7]);
  expect(experiment.seedsOf("11-13")).toEqual([11, 12, 13]);
  for (const wrong of ["", "a", "3-1", "1,2"]) expect(() => experiment.seedsOf(wrong)).toThrow("is not a range of seeds"); // prettier-ignore
  expect([-0.004, -0.006, 1234.5].map((x) => experiment.rounded(x, 2))).toEqual(["0.00", "−0.01", "1234.50"]);
  expect(experiment.table([["a", "bcde"], ["fghi", "j"]])).toBe("| a    | bcde |\n| ---- | ---- |\n| fghi | j    |"); // prettier-ignore
});

test("runs whose results are in the file are not run again, and results come in the order of the runs", async () => {
  const folder = mkdtempSync(join(tmpdir(), "polgrad-experiment-"));
  const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const json = join(folder, "runs.jsonl");
  writeFileSync(json, '{"seed":2,"value":20}\n');
  const carriedOut: number[] = [];
  const how = {
    json,
    jobs: 2,
    keyOf: ({ seed }: Run) => String(seed),
    carryOut: async ({ seed }: Run) => ({ value: carriedOut.push(seed) }),
    tell: ({ seed }: Run) => `seed ${seed}`,
  };
  const all = [{ seed: 3 }, { seed: 2 }, { seed: 1 }];
  expect(await experiment.carryOutAll(all, how)).toEqual([{ seed: 3, value: 1 }, { seed: 2, value: 20 }, { seed: 1, value: 2 }]); // prettier-ignore
  expect(await experiment.carryOutAll(all, how)).toHaveLength(3);
  expect(carriedOut).toEqual([3, 1]);
  expect(said.mock.calls.flat().sort()).toEqual(["seed 1", "seed 3"]);
  expect(readFileSync(json, "utf8").trim().split("\n")).toHaveLength(3);
  said.mockRestore();
  rmSync(folder, { recursive: true });
});
