import { expect, test } from "vitest";
import { tdAdvantages } from "../../src/advantages/index.ts";
import { column } from "./cases.ts";

test("δ = r + γV(s') − V(s) by hand; terminated has no V(s'), truncated has", () => {
  const data = column({
    rewards: [1, 2, 3, 4],
    values: [10, 20, 30, 40],
    nextValues: [20, NaN, 100, 50],
    terminated: [0, 1, 0, 0],
    truncated: [0, 0, 1, 0],
  });
  expect([...tdAdvantages(data, { gamma: 0.5 })]).toEqual([1 + 10 - 10, 2 - 20, 3 + 50 - 30, 4 + 25 - 40]);
});

test("writes into out and returns it", () => {
  const out = new Float64Array(1);
  expect(tdAdvantages(column({ rewards: [1], values: [2], nextValues: [4] }), { gamma: 1 }, out)).toBe(out);
  expect([...out]).toEqual([3]);
});
