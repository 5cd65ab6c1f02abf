// Generation on several threads: all of them write into one cache of keys and values, and read what others wrote.

import { expect, test } from "vitest";
import { createTokenGenerator, type Generated } from "../../src/language/generate.ts";
import { createGpt, initialWeights } from "../../src/language/gpt.ts";
import { samplingOf } from "../../src/language/sampling.ts";
import { createGenerator } from "../../src/random/index.ts";
import { createEngine } from "../../src/tensor/index.ts";
import { makePool } from "./pools.ts";

const gpt = createGpt({ vocabularySize: 19, context: 14, width: 8, layers: 2, heads: 2, epsilon: 1e-5 });
/** More than the rows of a block, so that each thread has some; more than are written at a time. */
const prompts = Array.from({ length: 300 }, (_, i) => Array.from({ length: 1 + ((i * 5) % 9) }, (_, k) => (i * 7 + k * 3) % 19)); // prettier-ignore

async function generateOn(threads: number): Promise<Generated[]> {
  const pool = makePool(threads);
  const engine = await createEngine({ threads: pool });
  for (const [v, values] of initialWeights(gpt, createGenerator(3)))
    engine.write(v, v.name.endsWith("weight") ? values.map((x) => 8 * x) : values);
  const generator = createTokenGenerator(engine, gpt, 260);
  if (threads > 1) await pool.start(engine.share([]));
  const slices = generator.generate({
    prompts,
    sampling: samplingOf({}),
    maxTokens: 20,
    stop: [5],
    generators: prompts.map((_, i) => createGenerator(i)),
  });
  for (let next = slices.next(); ; next = slices.next()) if (next.done) return next.value;
}

test("a cache on 2 and 3 threads gives the bits of one", async () => {
  const [one, ...others] = [await generateOn(1), await generateOn(2), await generateOn(3)];
  expect(new Set(one.map(({ tokens }) => tokens.length)).size).toBeGreaterThan(8);
  for (const other of others) expect(other).toEqual(one);
});
