// What is no action is refused by the environment itself, whoever steps it, and in the same words by all.
import { expect, test } from "vitest";
import { envIds, makeEnv } from "../../src/envs/index.ts";
import { RunError } from "../../src/errors.ts";
import { elementSize, type Space } from "../../src/spaces/index.ts";

function wrongActions(space: Space): unknown[] {
  const size = elementSize(space);
  switch (space.kind) {
    case "discrete":
      return [space.start + space.n, space.start - 1, space.start + 0.5, NaN, undefined, null, [0]];
    case "box":
      return [new Float32Array(size + 1), new Float32Array(size).fill(NaN), 0, undefined, null];
    default:
      return [new Int32Array(size + 1), new Int32Array(size).fill(99), new Float32Array(size).fill(0.5), 0, undefined];
  }
}

test.each(envIds())("%s", async (id) => {
  const env = await makeEnv(id);
  env.reset(0);
  for (const action of wrongActions(env.actionSpace)) {
    let thrown: unknown;
    try {
      env.step(action as never);
    } catch (error) {
      thrown = error;
    }
    expect(thrown, `${id} took ${String(action)}`).toBeInstanceOf(RunError);
    if (Array.isArray(action))
      expect((thrown as RunError).message, id).toMatch(
        /action (is (an array \(\[0\]\)|\[0\]), but|\[0\] is forbidden)/,
      );
    expect((thrown as RunError).message).toMatch(/^\w+: (the action|action\[\d\]) .*(is|has|forbidden)/);
  }
});
