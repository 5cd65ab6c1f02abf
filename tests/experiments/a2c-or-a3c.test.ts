import { expect, test } from "vitest";
import type { Row } from "../../src/experiments/experiment.ts";
import { experiment } from "../../src/experiments/lecture/a2c-or-a3c.ts";
import { expectPage, judgeOf } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = judgeOf(experiment);

const runs = (n: number, of: (algorithm: string, workers: number, noise: number) => Row): Row[] =>
  ["a2c", "a3c"].flatMap((algorithm) =>
    [1, 2, 4, 8].flatMap(
      (workers) =>
      Array.from({ length: n }, (_, i) => ({ algorithm, workers, seed: i + 1, steps: 1000, returns: Array<number>(40).fill(100), ...of(algorithm, workers, ((i * 7) % 20) / 100) })), // prettier-ignore
    ),
  );

const asTold = runs(20, (algorithm, workers, noise) => ({
  average: (algorithm === "a2c" ? 300 : 250 - 10 * workers) + noise,
  swing: (algorithm === "a2c" ? 20 : 60) + noise,
  ...(algorithm === "a3c" && { staleness: workers - 1 + (workers > 1 ? noise : 0), most: 3 * (workers - 1) }),
}));
const opposite = runs(20, (algorithm, workers, noise) => ({
  average: (algorithm === "a2c" ? 100 : 200 + 10 * workers) + noise,
  swing: (algorithm === "a2c" ? 60 : 20) + noise,
  ...(algorithm === "a3c" && { staleness: 8 - workers + noise, most: 9 }),
}));

test("claims follow the data, either way", () => {
  for (const { id } of experiment.claims) {
    expect(judge(id, asTold).verdict, id).toBe("supported");
    expect(judge(id, opposite).verdict, id).toBe("not supported");
    if (id === "one-is-fresh") continue; // a count, whatever the seeds
    expect(
      judge(
        id,
        asTold.filter(({ seed }) => (seed as number) < 4),
      ).verdict,
      id,
    ).toBe("inconclusive");
  }
});

test("its protocols are in order, and a trial with one worker trains both", async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const settings = { workers: 1, seed: 1, steps: 6400 };
  const rows: Row[] = (await experiment.carryOut(settings, {})).map((row) => ({ ...settings, ...row }));
  expect(rows.map(({ algorithm }) => algorithm)).toEqual(["a3c", "a2c"]);
  expect(rows[0]).toMatchObject({ staleness: 0, most: 0 });
  const all = [1, 2, 4, 8].flatMap((workers) => rows.map((row) => ({ ...row, workers })));
  expect(expectPage(experiment, { rows: all, quick: true })["one-is-fresh"].verdict).toBe("supported");
});
