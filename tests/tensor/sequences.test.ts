// The operations of transformers: derivatives by central differences, kernels against float64 at awkward lengths, and that
// a token's bits depend on its own sequence alone.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  appendRows,
  assign,
  attention,
  createEngine,
  exp,
  gelu,
  gradients,
  input,
  layerNorm,
  layOut,
  likelihood,
  lookup,
  mean,
  mul,
  normalize,
  reshape,
  scatter,
  slice,
  spanOf,
  square,
  stopGradient,
  sub,
  sum,
  variable,
  type Tensor,
} from "../../src/tensor/index.ts";
import { runReference } from "../../src/tensor/reference.ts";
import { backends, engines } from "./backends.ts";
import { everything, gathered, positionsOf, spread } from "./sequence-graphs.ts";
import { checkGradients, classes, createRandom, evaluate, expectClose, relativeError, uniform } from "./compare.ts";

const rows = "rows";
const random = createRandom(5);

describe("values, computed by hand", () => {
  test("normalize and layerNorm", () => {
    const x = input("x", [2, 2]);
    const feeds = new Map([[x, [1, 3, -2, 2]]]);
    expectClose(evaluate(normalize(x, 0), feeds), [-1, 1, -1, 1], 1e-12);
    expectClose(evaluate(normalize(x, 3), feeds), [-0.5, 0.5, -2 / Math.sqrt(7), 2 / Math.sqrt(7)], 1e-12);
    const [gain, bias] = [input("gain", [2]), input("bias", [2])];
    feeds.set(gain, [2, 3]).set(bias, [10, 20]);
    expectClose(evaluate(layerNorm(x, gain, bias, 0), feeds), [8, 23, 8, 23], 1e-12);
  });

  test("gelu: GPT-2's approximation, PyTorch's gelu(x, approximate='tanh')", () => {
    const x = input("x", [5]);
    const expected = [-0.04540234059119202, -0.1588079928641227, 0, 0.841192007135877, 1.9545977123573106];
    expectClose(evaluate(gelu(x), new Map([[x, [-2, -1, 0, 1, 2]]])), expected, 1e-7);
  });

  test("lookup and scatter", () => {
    const [table, index, x] = [input("table", [3, 2]), input("index", [rows]), input("x", [rows, 2])];
    const feeds = new Map([
      [table, [1, 2, 3, 4, 5, 6]],
      [index, [2, 0, 2]],
      [x, [10, 20, 30, 40, 50, 60]],
    ]);
    expect([...evaluate(lookup(table, index), feeds, 3)]).toEqual([5, 6, 1, 2, 5, 6]);
    expect([...evaluate(scatter(x, index, 3), feeds, 3)]).toEqual([30, 40, 0, 0, 60, 80]);
  });

  test("attention: uniform where all keys are equal, its own value at the first token", () => {
    const [qkv, position] = [input("qkv", [rows, 6]), input("position", [rows])];
    // Two heads of one component each; queries 0, so that every key has the same weight.
    const values = [
      [1, 10],
      [3, 30],
      [8, 20],
    ];
    const feeds = new Map([
      [qkv, values.flatMap(([a, b]) => [0, 0, 5, -5, a, b])],
      [position, [0, 1, 0]],
    ]);
    expectClose(evaluate(attention(qkv, position, 2), feeds, 3), [1, 10, 2, 20, 8, 20], 1e-12);
  });

  test("likelihood: log p and the entropy, of two words with logits 0 and log 3", () => {
    const [h, w, index] = [input("h", [rows, 1]), input("w", [2, 1]), input("index", [rows])];
    const feeds = new Map([
      [h, [1, 1]],
      [w, [0, Math.log(3)]],
      [index, [0, 1]],
    ]);
    const { logProb, entropy } = likelihood(h, w, index);
    expectClose(evaluate(logProb, feeds, 2), [Math.log(1 / 4), Math.log(3 / 4)], 1e-12);
    const expected = -0.25 * Math.log(0.25) - 0.75 * Math.log(0.75);
    expectClose(evaluate(entropy, feeds, 2), [expected, expected], 1e-12);
    feeds.set(w, [0, -Infinity]);
    expect([...evaluate(logProb, feeds, 2), ...evaluate(entropy, feeds, 2)]).toEqual([0, -Infinity, 0, 0]);
    expect([...evaluate(gradients(sum(entropy), [w])[0], feeds, 2)].map((x) => x + 0)).toEqual([0, 0]);
  });
});

describe.each(backends)("$name: words whose logits overflow to −∞", ({ run }) => {
  const words = 131; // three chunks of the kernel, the last one of three
  const [h, w, index] = [input("h", [rows, 2]), input("w", [words, 2]), input("index", [rows])];
  const { logProb, entropy } = likelihood(h, w, index);
  const [ofH, ofW] = gradients(sum(add(logProb, mul(entropy, 3))), [h, w]);
  const of = (impossible: (word: number) => boolean) => {
    const weights = Array.from({ length: words }, (_, i) => [impossible(i) ? -1e20 : 0, Math.sin(i)]);
    const possible = weights.flatMap(([a], i) => (a === 0 ? [i] : []));
    const feeds = new Map<Tensor, ArrayLike<number>>([
      [h, [1e20, 1, 1e20, 2]],
      [w, weights.flat()],
      [index, [possible[0], possible.at(-1)!]],
    ]);
    const { outputs } = run({ outputs: { logProb, entropy, ofH, ofW } }, feeds, 2);
    return { possible, logProb: outputs.logProb, entropy: outputs.entropy, ofH: outputs.ofH, ofW: outputs.ofW };
  };

  test.each([
    ["a few", (i: number) => i % 5 === 2],
    ["the first chunk", (i: number) => i < 64],
    ["the last chunks", (i: number) => i >= 64],
    ["all but one", (i: number) => i !== 130],
  ])("%s: the distribution is that of the others", (_, impossible) => {
    const { possible, logProb, entropy, ofH, ofW } = of(impossible);
    for (const row of [0, 1]) {
      const logits = possible.map((i) => (row + 1) * Math.sin(i));
      const logSum = Math.log(logits.reduce((total, x) => total + Math.exp(x), 0));
      const word = row === 0 ? 0 : logits.length - 1;
      expect(Math.abs(logProb[row] - (logits[word] - logSum))).toBeLessThan(1e-5);
      const expected = logits.reduce((total, x) => total - Math.exp(x - logSum) * (x - logSum), 0);
      expect(Math.abs(entropy[row] - expected)).toBeLessThan(2e-5);
    }
    expect([...Array.from(ofH), ...Array.from(ofW)].every(Number.isFinite)).toBe(true);
    for (let i = 0; i < words; i++) if (impossible(i)) expect([ofW[2 * i] + 0, ofW[2 * i + 1] + 0]).toEqual([0, 0]);
  });
});

describe("derivatives agree with central differences", () => {
  const lengths = [3, 1, 2];
  const position = input("position", [rows]);
  const feedsOf = (...tensors: [Tensor, number][]): Map<Tensor, ArrayLike<number>> =>
    new Map<Tensor, ArrayLike<number>>([
      ...tensors.map(([t, size]) => [t, uniform(random, size)] as const),
      [position, positionsOf(lengths)],
    ]);

  test("gelu, normalize, layerNorm", () => {
    const [x, gain, bias] = [input("x", [rows, 5]), input("gain", [5]), input("bias", [5])];
    const feeds = feedsOf([x, 30], [gain, 5], [bias, 5]);
    checkGradients(gelu(x), feeds, [x], { rows: 6, orders: 1 });
    checkGradients(normalize(x, 1e-2), feeds, [x], { rows: 6, orders: 1 });
    checkGradients(layerNorm(x, gain, bias, 1e-2), feeds, [x, gain, bias], { rows: 6, orders: 1 });
  });

  test("lookup and scatter, of any order", () => {
    const [table, index, x] = [input("table", [4, 3]), input("index", [rows]), input("x", [rows, 3])];
    const feeds = feedsOf([table, 12], [x, 18]).set(index, [3, 0, 3, 1, 1, 3]);
    checkGradients(square(lookup(table, index)), feeds, [table], { rows: 6 });
    checkGradients(square(scatter(x, index, 4)), feeds, [x], { rows: 6 });
  });

  test("attention", () => {
    const qkv = input("qkv", [rows, 12]);
    checkGradients(attention(qkv, position, 2), feedsOf([qkv, 72]), [qkv], { rows: 6, orders: 1 });
  });

  test("likelihood: log-probability and entropy", () => {
    const [h, w, index] = [input("h", [rows, 3]), input("w", [5, 3]), input("index", [rows])];
    const feeds = feedsOf([h, 18], [w, 15]).set(index, [0, 4, 2, 2, 1, 3]);
    const { logProb, entropy } = likelihood(h, w, index);
    checkGradients(logProb, feeds, [h, w], { rows: 6, orders: 1 });
    checkGradients(entropy, feeds, [h, w], { rows: 6, orders: 1 });
    checkGradients(add(mul(logProb, 2), square(entropy)), feeds, [h, w], { rows: 6, orders: 1 });
  });

  test("those that do not exist say so by name", () => {
    const [x, qkv, h, w] = [input("x", [rows, 4]), input("qkv", [rows, 12]), input("h", [rows, 3]), input("w", [5, 3])];
    const index = input("index", [rows]);
    const twice = (t: Tensor, by: Tensor): Tensor[] => gradients(sum(square(gradients(sum(square(t)), [by])[0])), [by]);
    expect(() => twice(gelu(x), x)).toThrow(/geluSlope has no derivative/);
    expect(() => twice(normalize(x), x)).toThrow(/normalizeGradient has no derivative/);
    expect(() => twice(attention(qkv, index, 2), qkv)).toThrow(/attentionGradient has no derivative/);
    expect(() => twice(likelihood(h, w, index).logProb, h)).toThrow(/likelihoodGradient has no derivative/);
    expect(() => twice(likelihood(h, w, index).logProb, w)).toThrow(/likelihoodWeightGradient has no derivative/);
    expect(() => gradients(sum(attention(qkv, index, 2)), [index])).toThrow(/queries, keys and values/);
    const cache = variable("cache", [8, 3]);
    expect(() => gradients(sum(appendRows(cache, h, index)), [h])).toThrow(/appendRows has no derivative/);
  });
});

describe("the kernels agree with float64, whatever the lengths", () => {
  const settings = fc.record({
    lengths: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 12 }),
    size: fc.integer({ min: 1, max: 9 }),
    heads: fc.integer({ min: 1, max: 3 }),
    words: fc.constantFrom(1, 2, 5, 63, 64, 65, 131),
    seed: fc.integer({ min: 0, max: 1000 }),
  });

  test.each(engines)("$name", ({ engine }) => {
    fc.assert(
      fc.property(settings, ({ lengths, size, heads, words, seed }) => {
        const random = createRandom(seed);
        const width = size * heads;
        const count = lengths.reduce((a, b) => a + b, 0);
        const graph = everything(width, heads, words);
        const feeds = new Map<Tensor, ArrayLike<number>>([
          [graph.token, classes(random, count, words)],
          [graph.next, classes(random, count, words)],
          [graph.position, positionsOf(lengths)],
        ]);
        for (const parameter of Object.values(graph.parameters)) {
          const values = uniform(random, parameter.shape.reduce((a, b) => (a as number) * (b as number), 1) as number);
          feeds.set(parameter, Float32Array.from(values));
          engine.write(parameter, Float32Array.from(values));
        }
        const layout = layOut(lengths, 90);
        expect(layout.span).toBeLessThanOrEqual(spanOf(count, 90));
        const program = engine.compile({ outputs: graph.outputs }, { capacity: spanOf(count, 90), longest: 90 });
        for (const t of [graph.token, graph.next, graph.position]) program.write(t, spread(layout, feeds.get(t)!, 1));
        program.run(layout);
        const expected = runReference({ outputs: graph.outputs }, feeds, count).outputs;
        for (const [name, t] of Object.entries(graph.outputs)) {
          const value = program.read(name);
          const actual = t.shape[0] === rows ? gathered(layout, value, t.shape.length > 1 ? width : 1) : value;
          // Relative to terms of about 0.1, which may cancel.
          expect(relativeError(actual, expected[name], 0.1), name).toBeLessThanOrEqual(3e-5);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe("a token's bits", () => {
  const [width, heads, words] = [12, 3, 70];
  const graph = everything(width, heads, words);

  test.each(engines)("do not depend on what stands beside its sequence, nor where ($name)", ({ engine }) => {
    const random = createRandom(9);
    for (const parameter of Object.values(graph.parameters))
      engine.write(parameter, uniform(random, parameter.shape.reduce((a, b) => (a as number) * (b as number), 1) as number)); // prettier-ignore
    const { h, logProb, entropy } = graph.outputs;
    const program = engine.compile({ outputs: { h, logProb, entropy } }, { capacity: 2000, longest: 90 });
    const sequences = Array.from({ length: 40 }, (_, i) => {
      const length = 1 + ((i * 37) % 90);
      return { token: classes(random, length, words), next: classes(random, length, words) };
    });
    const run = (chosen: typeof sequences) => {
      const layout = layOut(chosen.map(({ token }) => token.length), 90); // prettier-ignore
      const lay = (packed: number[]): Float32Array => spread(layout, packed, 1);
      program.write(graph.token, lay(chosen.flatMap(({ token }) => [...token])));
      program.write(graph.next, lay(chosen.flatMap(({ next }) => [...next])));
      program.write(graph.position, lay(positionsOf(chosen.map(({ token }) => token.length))));
      program.run(layout);
      const read = (name: "h" | "logProb" | "entropy", w: number): Float32Array[] => {
        const all = program.read(name);
        return chosen.map(({ token }, s) => all.slice(layout.first[s] * w, (layout.first[s] + token.length) * w));
      };
      return { h: read("h", width), logProb: read("logProb", 1), entropy: read("entropy", 1) };
    };
    const alone = sequences.map((sequence) => run([sequence]));
    for (let start = 0; start < 40; start += 7) {
      const chosen = [...sequences.slice(start, start + 13)].reverse();
      const together = run(chosen);
      chosen.forEach((sequence, s) => {
        const own = alone[sequences.indexOf(sequence)];
        expect(together.h[s]).toEqual(own.h[0]);
        expect(together.logProb[s]).toEqual(own.logProb[0]);
        expect(together.entropy[s]).toEqual(own.entropy[0]);
      });
    }
  });
});

describe("a cache", () => {
  const [width, heads, longest, sequences] = [12, 3, 23, 5];
  const qkv = input("qkv", [rows, 3 * width]);
  const [position, at] = [input("position", [rows]), input("at", [rows])];
  const cache = variable("cache", [sequences * longest, 2 * width]);
  const appended = appendRows(cache, slice(qkv, width, 2 * width), at);
  const cached = attention(qkv, position, heads, { keysValues: appended, at, longest });

  test.each(engines)("gives the bits of rows that lie together, however a sequence is cut ($name)", ({ engine }) => {
    const whole = engine.compile({ outputs: { y: attention(qkv, position, heads) } }, { capacity: 200, longest });
    const parts = engine.compile({ outputs: { y: cached }, updates: [assign(cache, appended)] }, { capacity: 200, longest }); // prettier-ignore
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: longest }), { minLength: 1, maxLength: sequences }), fc.integer({ min: 0, max: 99 }), (lengths, seed) => {
        const random = createRandom(seed);
        const values = lengths.map((n) => uniform(random, n * 3 * width));
        const layout = layOut(lengths, longest);
        whole.write(qkv, spread(layout, values.flatMap((v) => [...v]), 3 * width)); // prettier-ignore
        whole.write(position, spread(layout, positionsOf(lengths), 1));
        whole.run(layout);
        const expected = gathered(layout, whole.read("y"), width);

        engine.write(cache, new Float32Array(sequences * longest * 2 * width).fill(NaN));
        const done = lengths.map(() => 0);
        const actual: number[][] = lengths.map(() => []);
        while (done.some((n, s) => n < lengths[s])) {
          const open = lengths.map((_, s) => s).filter((s) => done[s] < lengths[s]);
          const steps = open.map((s) => Math.min(lengths[s] - done[s], 1 + Math.floor(random() * 3)));
          const part = layOut(steps, longest);
          const each = <T>(f: (s: number, k: number) => T[]): T[] =>
            open.flatMap((s, i) => Array.from({ length: steps[i] }, (_, k) => f(s, done[s] + k)).flat());
          parts.write(qkv, spread(part, each((s, k) => [...values[s].subarray(k * 3 * width, (k + 1) * 3 * width)]), 3 * width)); // prettier-ignore
          parts.write(position, spread(part, each((_, k) => [k]), 1)); // prettier-ignore
          parts.write(at, spread(part, each((s, k) => [s * longest + k]), 1)); // prettier-ignore
          parts.run(part);
          const y = parts.read("y");
          open.forEach((s, i) => {
            actual[s].push(...y.subarray(part.first[i] * width, (part.first[i] + steps[i]) * width));
            done[s] += steps[i];
          });
        }
        expect(actual.flat()).toEqual(expected);
      }), // prettier-ignore
      { numRuns: 20 },
    );
  });

  test("agrees with the reference backend, and keeps what was appended", () => {
    const { engine } = engines[0];
    const random = createRandom(3);
    const feeds = new Map<Tensor, ArrayLike<number>>([
      [qkv, uniform(random, 3 * 3 * width)],
      [position, [2, 0, 5]],
      [at, [2, 23, 51]],
      [cache, uniform(random, sequences * longest * 2 * width)],
    ]);
    const spec = { outputs: { y: cached }, updates: [assign(cache, appended)] };
    const expected = runReference(spec, feeds, 3);
    engine.write(cache, feeds.get(cache)!);
    const program = engine.compile(spec, { capacity: 8, longest });
    for (const t of [qkv, position, at]) program.write(t, feeds.get(t)!);
    program.run(layOut([1, 1, 1], longest));
    expectClose(program.read("y"), expected.outputs.y, 1e-5);
    expectClose(engine.read(cache), expected.updated.get(cache)!, 1e-6);
  });

  test("rows outside of it are NaN, and nothing is written elsewhere", () => {
    const { engine } = engines[0];
    const program = engine.compile({ outputs: { y: cached }, updates: [assign(cache, appended)] }, { capacity: 8, longest }); // prettier-ignore
    engine.write(cache, new Float32Array(sequences * longest * 2 * width).fill(7));
    program.write(qkv, new Float32Array(3 * 3 * width).fill(1));
    for (const [p, a] of [
      [0, -1],
      [0, sequences * longest],
      [5, 3],
      [0, NaN],
      [NaN, 4],
      [longest, 60],
      [1e9, 5],
    ]) {
      // prettier-ignore
      program.write(position, [0, p, 0]);
      program.write(at, [0, a, 1]);
      program.run(layOut([1, 1, 1], longest));
      const y = program.read("y");
      expect(y.subarray(0, width).every(Number.isFinite), `${p} ${a}`).toBe(true);
      expect(y.subarray(width, 2 * width).every(Number.isNaN), `${p} ${a}`).toBe(true);
    }
  });

  test("is refused where it is read, written twice or not kept", () => {
    const { engine } = engines[0];
    const [x, y] = [input("x", [rows, 2 * width]), input("y", [rows, 2 * width])];
    const [a, b] = [appendRows(cache, x, at), appendRows(cache, y, at)];
    const compile = (outputs: Record<string, Tensor>, updates: ReturnType<typeof assign>[]) => () =>
      engine.compile({ outputs, updates }, { capacity: 8, longest });
    expect(compile({ z: sum(a) }, [])).toThrow(/must assign the result/);
    expect(compile({ z: sum(add(a, b)) }, [assign(cache, a)])).toThrow(/appends rows to "cache"/);
    expect(compile({ z: sum(cache) }, [assign(cache, a)])).toThrow(/nothing else in it can read that/);
    expect(compile({ z: cache }, [assign(cache, a)])).toThrow(/nothing else in it can read that/);
    expect(compile({ z: sum(stopGradient(cache)) }, [assign(cache, a)])).toThrow(/nothing else in it can read that/);
    expect(compile({ z: reshape(cache, [longest, sequences * 2 * width]) }, [assign(cache, a)])).toThrow(
      /nothing else in it can read that/,
    );
    const twice = appendRows(cache, x, position);
    expect(compile({ z: add(sum(a), sum(twice)) }, [assign(cache, a)])).toThrow(/appends rows to "cache"/);
  });

  test("and where rows read it while others are still appended; what comes later reads all of it", () => {
    const { engine } = engines[0];
    const x = input("x", [rows, 2 * width]);
    const a = appendRows(cache, x, at);
    const compile = (outputs: Record<string, Tensor>) =>
      engine.compile({ outputs, updates: [assign(cache, a)] }, { capacity: 200, longest });
    const elsewhere = input("elsewhere", [rows]);
    expect(() => compile({ z: lookup(a, position) })).toThrow(/while that goes on, lookup cannot read it/);
    expect(() => compile({ z: lookup(reshape(a, [longest, sequences * 2 * width]), at) })).toThrow(/cannot read it/);
    expect(() => compile({ z: attention(qkv, position, heads, { keysValues: a, at: elsewhere, longest }) })).toThrow(/only where the rows themselves were appended/); // prettier-ignore
    const program = compile({ z: a, total: sum(a) });
    engine.write(cache, new Float32Array(sequences * longest * 2 * width));
    const layout = layOut(Array<number>(5).fill(20), longest);
    program.write(x, spread(layout, new Float32Array(100 * 2 * width).fill(1), 2 * width));
    program.write(at, spread(layout, Array.from({ length: 100 }, (_, i) => i), 1)); // prettier-ignore
    program.run(layout);
    expect(program.readScalar("total")).toBe(100 * 2 * width);
    expect(program.read("z")).toEqual(engine.read(cache));
  });
});

describe("layouts", () => {
  test("blocks hold whole sequences and begin at multiples of four", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1 }), (lengths) => {
        const layout = layOut(lengths, 100);
        const { blocks, first, span } = layout;
        expect(layout.rows).toBe(lengths.reduce((a, b) => a + b));
        expect(span).toBeLessThanOrEqual(spanOf(layout.rows, 100));
        let next = 0;
        for (let b = 0; b < blocks.length; b += 2) {
          const [start, count] = [blocks[b], blocks[b + 1]];
          expect(start % 4).toBe(0);
          expect(start).toBeGreaterThanOrEqual(next);
          expect(count).toBeLessThanOrEqual(100);
          next = start + count;
          const inside = lengths.filter((_, s) => first[s] >= start && first[s] < next);
          expect(inside.reduce((a, b) => a + b)).toBe(count);
        }
        expect(next).toBe(span);
      }),
    );
  });

  test("no layout spans more than it may", () => {
    const settings = fc.integer({ min: 1, max: 150 }).chain((longest) =>
      fc.record({
        longest: fc.constant(longest),
        // Those of two kinds alternate: few tokens in many blocks are the worst case.
        kinds: fc.array(fc.integer({ min: 1, max: longest }), { minLength: 1, maxLength: 3 }),
        count: fc.integer({ min: 1, max: 60 }),
      }),
    );
    fc.assert(
      fc.property(settings, ({ longest, kinds, count }) => {
        const { rows, span } = layOut(Array.from({ length: count }, (_, i) => kinds[i % kinds.length]), longest); // prettier-ignore
        expect(span).toBeLessThanOrEqual(spanOf(rows, longest));
      }),
      { numRuns: 1000 },
    );
  });

  test("a program that ran one layout runs any other as if it were new, and the first one again", () => {
    const { engine } = engines[0];
    const graph = everything(10, 2, 20);
    const random = createRandom(4);
    for (const parameter of Object.values(graph.parameters))
      engine.write(parameter, uniform(random, parameter.shape.reduce((a, b) => (a as number) * (b as number), 1) as number)); // prettier-ignore
    const compile = () => engine.compile({ outputs: graph.outputs }, { capacity: 400, longest: 90 });
    const layouts = [[90, 3, 77, 1], [5], [64, 64, 64], [90, 90, 90, 90], [2, 89, 2, 89]].map((n) => layOut(n, 90)); // prettier-ignore
    const run = (program: ReturnType<typeof compile>, layout: (typeof layouts)[number]) => {
      const random = createRandom(layout.rows);
      program.write(graph.token, spread(layout, classes(random, layout.rows, 20), 1));
      program.write(graph.next, spread(layout, classes(random, layout.rows, 20), 1));
      program.write(graph.position, spread(layout, positionsOf(Array.from(layout.lengths)), 1));
      program.run(layout);
      return Object.entries(graph.outputs).map(([name, t]) => {
        const value = program.read(name);
        if (t.shape[0] !== rows) return [...value];
        expect(value).toHaveLength(layout.span * (t.shape.length > 1 ? 10 : 1));
        return gathered(layout, value, t.shape.length > 1 ? 10 : 1);
      });
    };
    const expected = layouts.map((layout) => run(compile(), layout));
    const program = compile();
    for (const i of [3, 1, 0, 4, 0, 2, 1, 3]) expect(run(program, layouts[i])).toEqual(expected[i]);
  });

  test("a token attends to its own sequence only: positions beyond the block are NaN", () => {
    const { engine } = engines[0];
    const [qkv, position] = [input("qkv", [rows, 3]), input("position", [rows])];
    const program = engine.compile({ outputs: { y: attention(qkv, position, 1) } }, { capacity: 16, longest: 8 });
    program.write(qkv, new Float32Array(9).fill(1));
    program.write(position, [0, 2, 1]); // row 1 claims to be the third token
    program.run(layOut([3], 8));
    expect([...program.read("y")]).toEqual([1, NaN, 1]);
  });

  test("what does not fit is refused", () => {
    const { engine } = engines[0];
    const [qkv, position] = [input("qkv", [rows, 3]), input("position", [rows])];
    const y = attention(qkv, position, 1);
    expect(() => layOut([3, 0], 8)).toThrow(/sequence 1 has 0 tokens, but must have 1 to 8/);
    expect(() => layOut([9], 8)).toThrow(/sequence 0 has 9 tokens/);
    expect(() => layOut([], 8)).toThrow(/no sequences/);
    expect(() => engine.compile({ outputs: { y } }, { capacity: 16 })).toThrow(/say how long the longest is/);
    const program = engine.compile({ outputs: { y } }, { capacity: 16, longest: 8 });
    expect(() => program.run(3)).toThrow(/runs a layout/);
    expect(() => program.run(layOut([8, 8, 8], 8))).toThrow(/span 24/);
    expect(() => program.run(layOut([100], 100))).toThrow(/compiled for 16|block of 100/);
    const plain = engine.compile({ outputs: { x: mul(qkv, 2) } }, { capacity: 16 });
    expect(() => plain.run(layOut([3], 8))).toThrow(/not compiled for sequences/);
  });

  test("means over rows divide by the tokens, and a NaN is explained without the gaps", () => {
    const { engine } = engines[0];
    const x = input("x", [rows]);
    const lengths = [5, 63, 2];
    const layout = layOut(lengths, 64);
    expect(layout.span).toBeGreaterThan(layout.rows);
    const program = engine.compile(
      { outputs: { m: mean(x), e: mean(exp(sub(x, x))) } },
      { capacity: 100, longest: 64 },
    );
    program.write(x, spread(layout, Array.from({ length: 70 }, (_, i) => i), 1)); // prettier-ignore
    program.run(layout);
    expect(program.readScalar("m")).toBe(34.5);
    expect(program.explainNaN()).toBeUndefined();
    program.write(x, spread(layout, Array.from({ length: 70 }, (_, i) => (i === 68 ? Infinity : i)), 1)); // prettier-ignore
    program.run(layout);
    expect(program.explainNaN()).toMatch(/sub\("x", "x"\) row 68, of an infinite input "x"/);
  });
});

test("an engine in strict mode gives the bits of any other one: a checksum of every operation", async () => {
  const engine = await createEngine({ strict: true });
  const random = createRandom(77);
  const graph = everything(20, 4, 100);
  for (const parameter of Object.values(graph.parameters))
    engine.write(parameter, uniform(random, parameter.shape.reduce((a, b) => (a as number) * (b as number), 1) as number)); // prettier-ignore
  const lengths = [30, 7, 64, 90, 1, 1, 13];
  const layout = layOut(lengths, 90);
  const program = engine.compile({ outputs: graph.outputs }, { capacity: layout.span, longest: 90 });
  program.write(graph.token, spread(layout, classes(random, layout.rows, 100), 1));
  program.write(graph.next, spread(layout, classes(random, layout.rows, 100), 1));
  program.write(graph.position, spread(layout, positionsOf(lengths), 1));
  program.run(layout);
  let checksum = 0;
  for (const [name, t] of Object.entries(graph.outputs)) {
    const value = program.read(name);
    const live = t.shape[0] === rows ? Float32Array.from(gathered(layout, value, t.shape.length > 1 ? 20 : 1)) : value;
    for (const word of new Int32Array(live.buffer, live.byteOffset, live.length)) checksum = (Math.imul(checksum, 31) + word) | 0; // prettier-ignore
  }
  expect(checksum).toMatchInlineSnapshot(`-926235646`);
});
