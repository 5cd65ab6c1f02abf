import { expect, test } from "vitest";
import { distance, didYouMean, nearestNames, unknownName } from "../../src/text/nearest.ts";

test("nearestNames: nearest first, none that are far", () => {
  const names = ["reinforce", "actor-critic", "a2c", "ppo"];
  expect(nearestNames("pp0", names)).toEqual(["ppo"]);
  expect(nearestNames("A2C", names)[0]).toBe("a2c");
  expect(nearestNames("actor", names)).toEqual(["actor-critic"]);
  expect(nearestNames("quantum-annealing", names)).toEqual([]);
  expect(didYouMean("reinforced", names)).toBe(' Did you mean "reinforce"?');
});

test("the message about an unknown name", () => {
  expect(unknownName("suite", "quik", ["quick", "full"])).toBe(
    'unknown suite "quik". Did you mean "quick"? There are quick, full',
  );
});

test("the distance of names, as by hand", () => {
  const pairs: [string, string, number][] = [["", "", 0], ["", "abc", 3], ["kitten", "sitting", 3], ["flaw", "lawn", 2], ["ppo", "ppo", 0], ["trpo", "ppo", 2]]; // prettier-ignore
  for (const [a, b, edits] of pairs) expect([distance(a, b), distance(b, a)], `${a} ${b}`).toEqual([edits, edits]);
});
