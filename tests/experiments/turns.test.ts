import { expect, test } from "vitest";
import { pieceOf } from "../../src/experiments/turns.ts";

test("pieces of a trial share its progress and its signal", () => {
  const told: number[] = [];
  const { signal } = new AbortController();
  const piece = pieceOf({ signal, onProgress: (done) => told.push(done) }, 2, 4);
  piece.onProgress!(0);
  piece.onProgress!(0.5);
  expect(told).toEqual([0.5, 0.625]);
  expect(piece.signal).toBe(signal);
  expect(pieceOf({}, 0, 2).onProgress).toBeUndefined();
});
