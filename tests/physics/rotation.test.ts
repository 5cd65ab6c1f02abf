// Sine and cosine of the solver: float32, within 0.562 units in the last place of the true values.

import { expect, test } from "vitest";
import { loadSolver } from "../../src/physics/solver-module.ts";
import { createGenerator } from "../../src/random/index.ts";

const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
const { exports } = new WebAssembly.Instance(await loadSolver(), { env: { memory } });
const rotation = exports.rotation as (angle: number, out: number) => void;

function rotate(angle: number): [sin: number, cos: number] {
  rotation(angle, 1024);
  const [sin, cos] = new Float32Array(memory.buffer, 1024, 2);
  return [sin, cos];
}

/** Distance of a float32 from a value, in units of its last place. */
function ulps(x: number, value: number): number {
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value))), -126);
  return Math.abs(x - value) / 2 ** (exponent - 23);
}

test.each([0.001, 0.8, 4, 120, 1e5])("of angles to %f rad", (most) => {
  const generator = createGenerator(1);
  let worst = 0;
  for (let i = 0; i < 100_000; i++) {
    const angle = Math.fround(generator.uniform(-most, most));
    const [sin, cos] = rotate(angle);
    worst = Math.max(worst, ulps(sin, Math.sin(angle)), ulps(cos, Math.cos(angle)));
  }
  expect(worst).toBeLessThan(0.562);
});

test("at the ends: zeros, quarters, and what is no number", () => {
  expect(rotate(0)).toEqual([0, 1]);
  expect(rotate(Math.PI / 2)[0]).toBe(1);
  expect(rotate(Math.PI)[1]).toBe(-1);
  expect(rotate(1e-30)).toEqual([Math.fround(1e-30), 1]);
  for (const angle of [NaN, Infinity, -Infinity]) expect(rotate(angle)).toEqual([NaN, NaN]);
});
