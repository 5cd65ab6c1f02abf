// Engines with threads: the same bits for any number of them; and engines of other threads over the same memory.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ppoClipLoss, valueLoss } from "../../src/learning/losses.ts";
import { adam, clipScale, globalNorm } from "../../src/optimizers/index.ts";
import {
  add,
  appendRows,
  assign,
  attachEngine,
  attention,
  createEngine,
  exp,
  gradients,
  input,
  layOut,
  logSoftmax,
  matmul,
  mul,
  pick,
  reshape,
  slice,
  spanOf,
  square,
  sub,
  sum,
  tanh,
  variable,
  type Engine,
  type Program,
  type Tensor,
} from "../../src/tensor/index.ts";
import { createPool } from "../../src/threads/index.ts";
import { classes, createRandom, uniform } from "../tensor/compare.ts";
import { graphSettings, randomGraph } from "../tensor/random-graphs.ts";
import { everything, gathered, positionsOf, spread } from "../tensor/sequence-graphs.ts";
import { feedProgram } from "../tensor/backends.ts";
import { makePool } from "./pools.ts";

/** Engines on 1, 2, 3, 4 and 5 threads. */
async function enginesOnThreads(strict: boolean): Promise<Engine[]> {
  return Promise.all(
    [1, 2, 3, 4, 5].map(async (threads) => {
      const pool = makePool(threads);
      const engine = await createEngine({ strict, threads: pool });
      if (threads > 1) await pool.start(engine.share([]));
      return engine;
    }),
  );
}

/** PPO's update of an actor and a critic, with Adam. */
function ppoProgram(engine: Engine, capacity: number): { program: Program; bits(): string } {
  const layer = (part: string, i: number, from: number, to: number): [Tensor, Tensor] => {
    const [w, b] = [variable(`${part}.w${i}`, [from, to]), variable(`${part}.b${i}`, [to])];
    engine.write(w, uniform(createRandom(from + to + i), from * to, -0.4, 0.4));
    variables.push(w, b);
    return [w, b];
  };
  const variables: ReturnType<typeof variable>[] = [];
  const network = (part: string, x: Tensor, outputs: number): Tensor => {
    [64, 64, outputs].forEach((to, i, sizes) => {
      const [w, b] = layer(part, i, i === 0 ? 5 : sizes[i - 1], to);
      x = add(matmul(x, w), b);
      if (i < 2) x = tanh(x);
    });
    return x;
  };
  const observations = input("observations", ["rows", 5]);
  const [actions, oldLogProbs, advantages, returns] = [
    input("actions", ["rows"]),
    input("oldLogProbs", ["rows"]),
    input("advantages", ["rows"]),
    input("returns", ["rows"]),
  ];
  const logProb = pick(logSoftmax(network("actor", observations, 3)), actions);
  const ratio = exp(sub(logProb, oldLogProbs));
  const value = reshape(network("critic", observations, 1), ["rows"]);
  const loss = add(ppoClipLoss(ratio, advantages, 0.2), valueLoss(value, returns));
  const gradient = gradients(loss, variables);
  const optimizer = adam({ variables, gradients: gradient, gradientScale: clipScale(globalNorm(gradient), 0.5) });
  const program = engine.compile({ outputs: { loss, ratio }, updates: optimizer.updates }, { capacity });
  const random = createRandom(3);
  for (const column of [oldLogProbs, advantages, returns]) program.write(column, uniform(random, capacity));
  program.write(observations, uniform(random, capacity * 5, -2, 2));
  program.write(
    actions,
    Array.from({ length: capacity }, (_, i) => i % 3),
  );
  const { run } = program;
  program.run = (rows) => {
    optimizer.prepare(program, 1e-3);
    run(rows);
  };
  const bits = () =>
    [...[...variables, ...optimizer.state].map((v) => engine.read(v)), program.read("ratio"), program.read("loss")]
      .map((x) => Buffer.from(x.buffer).toString("base64"))
      .join();
  return { program, bits };
}

describe.each([false, true])("strict %s: the same bits on 1 to 5 threads", (strict) => {
  test("updates of PPO, for row counts from 1 to 2,048", async () => {
    const engines = await enginesOnThreads(strict);
    const programs = engines.map((engine) => ppoProgram(engine, 2048));
    for (const rows of [1, 2, 63, 64, 65, 127, 128, 129, 200, 333, 512, 777, 1000, 1023, 1025, 2047, 2048]) {
      for (const { program } of programs) for (let i = 0; i < 3; i++) program.run(rows);
      const [alone, ...others] = programs.map(({ bits }) => bits());
      others.forEach((bits, i) => expect(bits === alone, `${rows} rows on ${i + 2} threads`).toBe(true));
    }
  });

  test("random graphs, their updates and derivatives", async () => {
    const engines = await enginesOnThreads(strict);
    const settings = fc.tuple(
      graphSettings({ maxRows: 700, maxWidth: 9 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 3 }),
    );
    fc.assert(
      fc.property(settings, ([setting, width, loads]) => {
        const { made, feeds, rows } = randomGraph(setting, 1e5);
        // Enough work for a segment to be shared out; two or three times the same are strands.
        const x = input("load", ["rows", 64]);
        feeds.set(x, uniform(createRandom(1), rows * 64));
        const loaded = Array.from({ length: loads }, (_, i) => {
          const w = variable(`load.w${i}`, [64, 64 * width]);
          feeds.set(w, uniform(createRandom(2 + i), 64 * 64 * width));
          const y = matmul(tanh(matmul(x, w)), w, { transposeB: true });
          return [y, ...gradients(sum(square(y)), [w])];
        });
        const outputs = Object.fromEntries([...made.slice(-6), ...loaded.flat()].map((t, i) => [`y${i}`, mul(t, 1)]));
        const run = (engine: Engine, sliceWork?: number): string[] => {
          const program = engine.compile({ outputs }, { capacity: rows, sliceWork });
          feedProgram(engine, program, { outputs }, feeds);
          if (sliceWork === undefined) program.run(rows);
          else for (const slice of program.runInSlices(rows)) void slice;
          return Object.keys(outputs).map((name) => Buffer.from(program.read(name).buffer).toString("base64"));
        };
        // By all at once, and in slices of some blocks of each slot, or of strands.
        const results = engines.flatMap((engine, i) => [
          run(engine),
          ...(i === 1 || i === 2 ? [run(engine, 5e6)] : []),
        ]);
        for (const other of results) expect(other).toEqual(results[0]);
      }),
      { numRuns: process.env.POLGRAD_FULL ? 300 : 8, seed: 5 },
    );
  });
});

describe.each([false, true])("strict %s: sequences have the same bits on 1 to 5 threads", (strict) => {
  const [width, heads, words, longest] = [48, 3, 301, 70];
  const graph = everything(width, heads, words);
  const initialize = (engine: Engine): void => {
    for (const v of Object.values(graph.parameters))
      engine.write(v, uniform(createRandom(7), (v.shape[0] as number) * ((v.shape[1] as number) ?? 1), -0.3, 0.3));
  };
  const bits = (x: Float32Array | number[]): string => Buffer.from(Float32Array.from(x).buffer).toString("base64");

  test("all operations, their gradients, whole or in slices, whatever the lengths", async () => {
    const engines = await enginesOnThreads(strict);
    engines.forEach(initialize);
    const compile = (engine: Engine, sliceWork?: number) =>
      engine.compile({ outputs: graph.outputs }, { capacity: spanOf(800, longest), longest, sliceWork });
    const programs = [...engines.map((e) => compile(e)), compile(engines[0], 5e6), compile(engines[2], 5e6)];
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: longest }), { minLength: 1, maxLength: 11 }), (lengths) => {
        const layout = layOut(lengths, longest);
        const results = programs.map((program, i) => {
          const random = createRandom(layout.rows);
          program.write(graph.token, spread(layout, classes(random, layout.rows, words), 1));
          program.write(graph.next, spread(layout, classes(random, layout.rows, words), 1));
          program.write(graph.position, spread(layout, positionsOf(lengths), 1));
          if (i < engines.length) program.run(layout);
          else for (const slice of program.runInSlices(layout)) void slice;
          return Object.entries(graph.outputs).map(
            ([name, t]) =>
            bits(t.shape[0] === "rows" ? gathered(layout, program.read(name), t.shape.length > 1 ? width : 1) : program.read(name)), // prettier-ignore
          );
        });
        for (const other of results) expect(other).toEqual(results[0]);
      }),
      { numRuns: 25, seed: 3 },
    );
  });

  test("a cache: prompts of odd lengths, then a token each", async () => {
    const sequences = 40;
    const engines = await enginesOnThreads(strict);
    const results = engines.map((engine) => {
      const cache = variable("cache", [sequences * longest, 2 * 512]);
      const [x, position, at] = [input("x", ["rows", 512]), input("position", ["rows"]), input("at", ["rows"])];
      const w = variable("w", [512, 3 * 512]);
      engine.write(w, uniform(createRandom(1), 512 * 3 * 512, -0.1, 0.1));
      const qkv = matmul(x, w);
      const keysValues = appendRows(cache, slice(qkv, 512, 1024), at);
      const y = attention(qkv, position, 8, { keysValues, at, longest });
      const program = engine.compile({ outputs: { y }, updates: [assign(cache, keysValues)] }, { capacity: spanOf(1100, longest), longest }); // prettier-ignore
      const random = createRandom(5);
      const prompts = Array.from({ length: sequences }, (_, i) => 1 + ((i * 29) % 51));
      const seen: string[] = [];
      for (let step = 0; step < 4; step++) {
        const lengths = step === 0 ? prompts : prompts.map(() => 1);
        const layout = layOut(lengths, longest);
        const positions = lengths.flatMap((n, s) => Array.from({ length: n }, (_, k) => (step === 0 ? k : prompts[s] + step - 1))); // prettier-ignore
        const of = lengths.flatMap((n, s) => Array<number>(n).fill(s));
        program.write(x, spread(layout, uniform(random, layout.rows * 512), 512));
        program.write(position, spread(layout, positions, 1));
        program.write(at, spread(layout, positions.map((p, i) => of[i] * longest + p), 1)); // prettier-ignore
        program.run(layout);
        seen.push(bits(gathered(layout, program.read("y"), 512)));
      }
      return seen;
    });
    for (const other of results) expect(other).toEqual(results[0]);
  });
});

describe("engines over one memory", () => {
  test("a worker counts in a shared variable and in one of its own, and both threads make the memory grow", async () => {
    const pool = makePool(3);
    const engine = await createEngine({ threads: pool });
    const [counter, w] = [variable("counter", [3]), variable("w", [2, 5])];
    engine.write(counter, [10, 20, 30]);
    engine.write(w, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await pool.start(engine.share([counter, w]));
    for (const capacity of [1, 10_000, 300_000]) {
      const before = engine.read(counter);
      pool.send(1, { do: "compute", times: 1000, capacity });
      // Meanwhile this thread allocates, too; nothing may overlap.
      const programs = [100, 20_000, 500_000].map((rows) => {
        const x = input("x", ["rows"]);
        const program = engine.compile({ outputs: { y: add(x, 1) } }, { capacity: rows });
        program.write(x, new Float32Array(rows).fill(rows));
        return { program, rows };
      });
      const answer = pool.receiveNow(1) as { own: number[]; y: number[] };
      expect(answer).toEqual({ own: [1000, 1000, 1000], y: [7, 9, 11, 13, 15] });
      expect([...engine.read(counter)]).toEqual([...before].map((x) => x + 1000));
      for (const { program, rows } of programs) {
        program.run(rows);
        expect(program.read("y").every((y) => y === rows + 1)).toBe(true);
      }
    }
  });

  test("variables of the same name are an engine's own until they are attached; wrong ones are refused", async () => {
    const engine = await createEngine({ threads: createPool({ threads: 2, spawn: () => { throw new Error("no") } }) }); // prettier-ignore
    const v = variable("v", [2]);
    engine.write(v, [1, 2]);
    const attached = attachEngine(engine.share([v]));
    const [same, own, late] = [variable("v", [2]), variable("v", [2]), variable("v", [2])];
    attached.write(same, [9, 9]);
    attached.attach(same);
    expect([...attached.read(same)]).toEqual([1, 2]);
    attached.write(same, [3, 4]);
    attached.write(own, [5, 6]);
    expect([...engine.read(v)]).toEqual([3, 4]);
    attached.compile({ outputs: { late: add(late, 1) } });
    expect(() => attached.attach(late)).toThrow('"v" must be attached before a program that uses it is compiled');
    expect(() => attached.attach(variable("v", [3]))).toThrow('there is no shared variable "v" of shape [3]');
    expect(() => attached.attach(variable("u", [2]))).toThrow('there is no shared variable "u"');
    expect(attached.bytes).toBe(engine.bytes);
    const alone = await createEngine();
    expect(() => alone.share([v])).toThrow("an engine without threads has no memory to share");
  });
});
