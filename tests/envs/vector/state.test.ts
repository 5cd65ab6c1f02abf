// Parts of a vector: each environment's numbers are those that it has in the whole, and states are joined and split.

import { describe, expect, test } from "vitest";
import { packedCopy } from "../../packed-copy.ts";
import { CartPole } from "../../../src/envs/classic-control/cartpole.ts";
import { createVectorEnv, joinVectorStates, splitVectorState, timeLimit, type Env } from "../../../src/envs/index.ts";
import { InputError, RunError } from "../../../src/errors.ts";
import { createGenerator, SeedSequence } from "../../../src/random/index.ts";
import { walk } from "../toys.ts";

const sizes = [2, 1, 3];
const total = 6;

/** A vector of all, and the same environments as three vectors. */
function wholeAndParts(make: () => Env) {
  const envs = (count: number): Env[] => Array.from({ length: count }, make);
  const seeds = () => new SeedSequence(5);
  let first = 0;
  const parts = sizes.map((size) => createVectorEnv(envs(size), seeds(), (first += size) - size));
  return { whole: createVectorEnv(envs(total), seeds()), parts };
}

describe.each([
  ["with getState", () => timeLimit(new CartPole(), 9) as Env],
  ["replayed from its actions", () => walk() as Env],
])("an environment %s", (_, make) => {
  test("steps in a part as in the whole, and states go to and fro", () => {
    const { whole, parts } = wholeAndParts(make);
    const fresh = wholeAndParts(make);
    for (const vector of [whole, ...parts]) vector.reset();
    const generator = createGenerator(1);
    for (let t = 0; t < 60; t++) {
      const actions = Int32Array.from({ length: total }, () => (generator.random() < 0.5 ? 0 : 1));
      whole.step(actions);
      let first = 0;
      for (const part of parts) part.step(actions.subarray(first, (first += part.size)));
      expect(parts.flatMap((p) => [...p.observations])).toEqual([...whole.observations]);
      expect(parts.flatMap((p) => [...p.rewards])).toEqual([...whole.rewards]);

      const state = whole.getState();
      const split = splitVectorState(state, sizes);
      expect(joinVectorStates(split)).toEqual(state);
      if (t % 20 !== 19) continue;
      expect(joinVectorStates(parts.map((p) => p.getState()))).toMatchObject({ environments: (state as { environments: object[] }).environments }); // prettier-ignore
      fresh.parts.forEach((part, i) => part.setState(packedCopy(split[i])));
      expect(fresh.parts.flatMap((p) => [...p.observations])).toEqual([...whole.observations]);
    }
  });
});

test("messages count environments as the whole does", () => {
  const broken = { ...walk(), step: () => { throw new Error("ouch") } } as unknown as Env; // prettier-ignore
  const vector = createVectorEnv([walk(), broken], new SeedSequence(1), 4);
  vector.reset();
  const failure = (() => { try { vector.step(new Int32Array(2)); } catch (error) { return error; } })(); // prettier-ignore
  expect(failure).toBeInstanceOf(RunError);
  expect((failure as Error).message).toContain("environment 5, step 1");
});

test("a state of another number of environments is an InputError", () => {
  const { whole } = wholeAndParts(() => walk());
  whole.reset();
  expect(() => splitVectorState(whole.getState(), [2, 2])).toThrow(new InputError("not a state of 4 environments"));
});
