import { expect, test } from "vitest";
import { experiment } from "../../src/experiments/lecture/gae-lambda.ts";
import type { Data, Row } from "../../src/experiments/experiment.ts";
import { protocolProblems } from "./protocol.ts";

const judge = (id: string, rows: readonly Row[]) =>
  experiment.claims.find((claim) => claim.id === id)!.judge({ rows, quick: false });

test("GAE's ends are exact", async () => {
  const rows = await experiment.carryOut({ exact: true }, {});
  expect(judge("zero-is-td", rows).verdict).toBe("supported");
  expect(judge("one-is-monte-carlo", rows).verdict).toBe("supported");
  expect(judge("zero-is-td", [{ end: 0, apart: 1e-9 }]).verdict).toBe("not supported");
});

/** Twenty seeds of each λ, whose mean returns lie around those given. */
const runs = (means: Readonly<Record<number, number>>): Row[] =>
  Object.entries(means).flatMap(([lambda, mean]) =>
    Array.from({ length: 20 }, (_, i) => ({ lambda: Number(lambda), seed: i + 1, average: mean + ((i * 7) % 20) })),
  );

test("claims follow the data, and fail where data say the opposite", () => {
  const asTold = runs({ 0: 50, 0.5: 100, 0.9: 200, 0.95: 300, 0.99: 250, 1: 150 });
  const reversed = runs({ 0: 300, 0.5: 250, 0.9: 150, 0.95: 100, 0.99: 150, 1: 200 });
  const equal = runs({ 0: 100, 0.5: 100, 0.9: 100, 0.95: 100, 0.99: 100, 1: 100 });
  for (const id of ["around-095", "better-than-td", "better-than-monte-carlo"]) {
    expect(judge(id, asTold).verdict, id).toBe("supported");
    expect(judge(id, reversed).verdict, id).toBe("not supported");
  }
  expect(judge("better-than-td", equal).verdict).toBe("inconclusive");
});

test("its protocols are in order, and a trial trains", async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const [row] = await experiment.carryOut({ lambda: 0.95, seed: 1, steps: 512 }, {});
  expect(row.average).toBeGreaterThan(8);
  const data: Data = { rows: [{ lambda: 0.95, seed: 1, steps: 512, ...row }], quick: true };
  expect((row.returns as unknown[]).length).toBe(50);
  expect(experiment.claims[3].judge({ ...data, rows: [...data.rows, { ...data.rows[0], lambda: 0 }] }).verdict).toBe(
    "inconclusive",
  );
});
