// Long runs in slices: the same bits wherever they are cut, and slices that are as short as was asked for.

import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { assign, createEngine, gradients, input, matmul, mean, mul, square, sum, tanh, variable, type Tensor, type Variable } from "../../src/tensor/index.ts"; // prettier-ignore
import { feedProgram } from "./backends.ts";
import { graphSettings, randomGraph } from "./random-graphs.ts";

const numRuns = Number(process.env.POLGRAD_CASES ?? 12);

afterEach(() => void vi.restoreAllMocks());

describe.each([false, true])("strict %s", (strict) => {
  test("a run in slices has the bits of a run", async () => {
    const engines = [await createEngine({ strict }), await createEngine({ strict })] as const;
    const settings = fc.tuple(
      graphSettings({ maxRows: 1500, maxWidth: 9 }),
      fc.constantFrom(1, 1_000, 30_000, 1_000_000),
    );
    fc.assert(
      fc.property(settings, ([setting, sliceWork]) => {
        const { made, feeds, leaves, rows } = randomGraph(setting, 1e5);
        const variables = leaves.filter((t) => t.operation.kind === "variable") as Variable[];
        const loss = made.reduce((total, t) => mul(total, mean(tanh(t))), mean(square(leaves[0])));
        const updates = gradients(loss, variables).map((g, i) => assign(variables[i], g));
        const outputs = Object.fromEntries([...made.slice(-6), loss].map((t, i) => [`y${i}`, mul(t, 1)]));
        const results = engines.map((engine, i) => {
          const spec = { outputs, updates };
          const program = engine.compile(spec, { capacity: rows, sliceWork: i === 0 ? undefined : sliceWork });
          feedProgram(engine, program, spec, feeds);
          if (i === 0) program.run(rows);
          else for (const slice of program.runInSlices(rows)) void slice;
          const values = [
            ...Object.keys(outputs).map((name) => program.read(name)),
            ...variables.map((v) => engine.read(v)),
          ];
          return values.map((x) => Buffer.from(x.buffer).toString("base64"));
        });
        expect(results[1]).toEqual(results[0]);
      }),
      { numRuns },
    );
  });
});

/** Calls of the kernels in a run: one, and one more for each pause, if all pauses are due. */
async function slicesOf(outputs: Record<string, Tensor>, rows: number, sliceWork?: number): Promise<number> {
  const engine = await createEngine();
  const program = engine.compile({ outputs }, { capacity: rows, sliceWork });
  let now = performance.now();
  vi.spyOn(performance, "now").mockImplementation(() => (now += 1000));
  return [...program.runInSlices(rows)].length;
}

test("what takes long is cut between blocks of rows, and within a block between instructions", async () => {
  const w = variable("w", [64, 64]);
  const layers = (count: number): Tensor => {
    let x: Tensor = input("x", ["rows", 64]);
    for (let i = 0; i < count; i++) x = tanh(matmul(x, w));
    return sum(x, 0);
  };
  const layerOfBlock = 64 * 64 * 64; // multiply-adds
  // 100 blocks of 2 layers; 2 blocks of 100 layers; all in slices of 10 layers of a block.
  for (const [blocks, depth] of [
    [100, 2],
    [2, 100],
  ] as const)
    // prettier-ignore
    expect(await slicesOf({ y: layers(depth) }, 64 * blocks, 10.5 * layerOfBlock)).toBeGreaterThanOrEqual(20);
  expect(await slicesOf({ y: layers(2) }, 64 * 100, 1e9)).toBe(0);
  expect(await slicesOf({ y: layers(2) }, 64)).toBe(0);
});
