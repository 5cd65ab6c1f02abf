// Episodes that do not end are given up on.

import { expect, test } from "vitest";
import { assertEnds } from "../../src/envs/endless.ts";
import { RunError } from "../../src/errors.ts";

test("an episode is endless after its limit, and the message says what helps", () => {
  expect(() => assertEnds(999_999, "REINFORCE")).not.toThrow();
  expect(() => assertEnds(1_000_000, "REINFORCE")).toThrow(RunError);
  expect(() => assertEnds(30, "an evaluation", 30)).toThrow(/30 steps, and an evaluation needs.*timeLimit/);
});
