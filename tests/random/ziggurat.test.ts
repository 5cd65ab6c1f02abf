// The Ziggurat's tables: layers of equal area, the bits of NumPy's tables (by hash), and the moments of what is drawn.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createGenerator } from "../../src/random/index.ts";
import { normalTables, normalTablesFloat32, normalR, exponentialTables } from "../../src/random/ziggurat.ts";
import type { Ziggurat } from "../../src/random/ziggurat.ts";

const sha256 = (z: Ziggurat) =>
  createHash("sha256").update(new Uint8Array(Float64Array.of(...z.k, ...z.w, ...z.f).buffer)).digest("hex"); // prettier-ignore

describe("tables", () => {
  test("all layers have one area", () => {
    for (const [z, scale] of [
      [normalTables, 2 ** 52],
      [exponentialTables(), 2 ** 53],
    ] as const) {
      // prettier-ignore
      const x = z.w.map((w) => w * scale);
      const area = x[0] * z.f[255]; // the base strip, as wide as its area over its height
      for (let i = 1; i < 255; i++) expect(x[i + 1] * (z.f[i] - z.f[i + 1])).toBeCloseTo(area, 14);
      expect(x[1] * (z.f[0] - z.f[1])).toBeCloseTo(area, 14); // the topmost layer closes at f(0) = 1
      for (let i = 2; i < 256; i++) expect(Math.abs(z.k[i] - (x[i - 1] / x[i]) * scale)).toBeLessThan(4);
    }
  });

  test("are NumPy's to the last bit", () => {
    // hashes of the tables that NumPy 1.24.2 draws from (k, w, f as doubles, little-endian)
    expect(sha256(normalTables)).toBe("9147997887d75653cc0730f0bb513932f5b53ad30604080a332d05c0e264805d");
    expect(sha256(normalTablesFloat32)).toBe("625b6dec857a04ece757921032ad6ad603e2183762e43615cd2705886925eb4f");
    expect(sha256(exponentialTables())).toBe("85ea09d279405ef94c59c4b43873991e5adafb489bf10e4c8b55506a2a7e6542");
  });
});

test("moments of normal and exponential draws", () => {
  const n = 200_000;
  const g = createGenerator(12);
  const moment = (values: Float64Array, power: number) => values.reduce((sum, x) => sum + x ** power, 0) / n;
  const normal = g.fillStandardNormal(new Float64Array(n));
  expect(Math.abs(moment(normal, 1))).toBeLessThan(0.01);
  expect(Math.abs(moment(normal, 2) - 1)).toBeLessThan(0.015);
  expect(Math.abs(moment(normal, 4) - 3)).toBeLessThan(0.1);
  const tail = normal.filter((x) => Math.abs(x) > normalR).length / n;
  expect(tail).toBeGreaterThan(0.0001); // 2·(1 − Φ(3.654)) = 0.000258
  expect(tail).toBeLessThan(0.0005);
  const exponential = g.fillStandardExponential(new Float64Array(n));
  expect(Math.abs(moment(exponential, 1) - 1)).toBeLessThan(0.015);
  expect(Math.abs(moment(exponential, 2) - 2)).toBeLessThan(0.08);
});
