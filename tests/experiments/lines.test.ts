import { expect, test } from "vitest";
import { endsOf, lineOver } from "../../src/experiments/lines.ts";
import { mean } from "../../src/runs/statistics.ts";

test("a line through the means of rows, with gaps where none has a number", () => {
  const rows = [{ curve: [1, null, null] }, { curve: [3, 5] }];
  const { points } = lineOver("both", rows, "curve", [10, 20, 30], mean);
  expect(points.map(({ x, y }) => [x, y])).toEqual([[10, 2], [20, 5], [30, null]]); // prettier-ignore
  expect(points.map(({ band }) => band)).toEqual([[1, 3], null, null]);
  expect(endsOf(4, 100)).toEqual([25, 50, 75, 100]);
});
