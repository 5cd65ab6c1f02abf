// What an engine does with memory: the four builds, growth, addresses above 2 GiB, a full memory, and no allocation in
// a run.

import { createHash } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import {
  add,
  adamStep,
  assign,
  constant,
  createEngine,
  div,
  exp,
  gradients,
  input,
  log,
  logSoftmax,
  matmul,
  mean,
  mul,
  named,
  pick,
  reshape,
  select,
  square,
  sub,
  sum,
  tanh,
  variable,
  type Engine,
  type Tensor,
} from "../../src/tensor/index.ts";
import { firstAddress } from "../../src/tensor/compile/instructions.ts";
import { kernelModule } from "../../src/tensor/wasm/kernel-module.ts";
import { runReference } from "../../src/tensor/reference.ts";
import { engines, runOnEngine } from "./backends.ts";
import { createRandom, expectClose, uniform } from "./compare.ts";

const GiB = 2 ** 30;

describe("the builds", () => {
  const memory = (shared: boolean) => new WebAssembly.Memory({ initial: 1, maximum: 65536, shared });
  const builds = [false, true].flatMap((strict) =>
    [false, true].flatMap((dense) => [false, true].map((shared) => ({ strict, dense, shared }))),
  );
  test.each(builds)("%o takes memory that is shared or not, and refuses the other", async (build) => {
    const { shared } = build;
    const module = await kernelModule(build);
    const { exports } = await WebAssembly.instantiate(module, { env: { memory: memory(shared) } });
    expect(exports.run).toBeTypeOf("function");
    await expect(WebAssembly.instantiate(module, { env: { memory: memory(!shared) } })).rejects.toThrow(
      WebAssembly.LinkError,
    );
  });

  test("have no start function, and their constants where nothing else is: a second instance leaves the rest as it is", async () => {
    for (const build of builds.filter(({ shared }) => !shared)) {
      const own = memory(false);
      new Uint8Array(own.buffer).fill(0xa5);
      await WebAssembly.instantiate(await kernelModule(build), { env: { memory: own } });
      const bytes = new Uint8Array(own.buffer);
      const written = bytes.findIndex((byte) => byte !== 0xa5);
      expect(written).toBeGreaterThanOrEqual(64); // behind the line that the heap keeps for itself
      expect(bytes.subarray(firstAddress).every((byte) => byte === 0xa5)).toBe(true);
    }
  });

  test("fast is not strict", async () => {
    const build = { dense: false, shared: false };
    expect(await kernelModule({ ...build, strict: false })).not.toBe(await kernelModule({ ...build, strict: true }));
    expect((await createEngine()).strict).toBe(false);
    expect((await createEngine({ strict: true })).strict).toBe(true);
  });
});

/** A small classifier that learns with Adam: all kinds of kernels at work. */
function learner(engine: Engine, name: string) {
  const [x, label, stepSize, correction] = [
    input("x", ["rows", 3]),
    input("label", ["rows"]),
    input("stepSize", []),
    input("correction", []),
  ] as const;
  const parameters = [variable(`${name}.w0`, [3, 16]), variable(`${name}.b0`, [16]), variable(`${name}.w1`, [16, 4])];
  const moments = parameters.map((p) => [variable("m", p.shape as number[]), variable("v", p.shape as number[])] as const); // prettier-ignore
  const [w0, b0, w1] = parameters as [Tensor, Tensor, Tensor];
  const logits = matmul(tanh(add(matmul(x, w0), b0)), w1);
  const loss = sub(0, mean(pick(logSoftmax(logits), label)));
  const updates = gradients(loss, parameters).map((gradient, i) =>
    adamStep({
      variable: parameters[i],
      firstMoment: moments[i][0],
      secondMoment: moments[i][1],
      gradient,
      gradientScale: constant(1),
      stepSize,
      correction,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
    }),
  );
  const random = createRandom(4);
  for (const p of parameters) engine.write(p, uniform(random, engine.read(p).length, -0.5, 0.5));
  const program = engine.compile({ outputs: { loss, logits }, updates }, { capacity: 100 });
  program.write(x, uniform(random, 300));
  program.write(
    label,
    new Float32Array(100).map((_, i) => i % 4),
  );
  program.write(correction, 1);
  const train = (steps: number): void => {
    for (let t = 0; t < steps; t++) {
      program.write(stepSize, 0.01 / (1 + t));
      program.run(100);
    }
  };
  return { program, x, parameters, train };
}

const weights = (engine: Engine, { parameters }: ReturnType<typeof learner>): number[] =>
  parameters.flatMap((p) => [...engine.read(p)]);

describe.each([
  ["fast", false],
  ["strict", true],
] as const)("memory of a %s engine", (_, strict) => {
  // prettier-ignore
  test("works beyond 2 and 3 GiB with the same bits, and says clearly when it is full", async () => {
    const engine = await createEngine({ strict });
    const low = learner(engine, "low");
    low.train(20);
    const expected = weights(engine, low);
    // An input's rows are planned but not touched, so that next to nothing of this is resident.
    const row = input("row", ["rows", 2 ** 18]);
    const fill = (MiB: number): void => void engine.compile({ outputs: { s: sum(row) } }, { capacity: MiB });
    fill(2050);
    expect(engine.bytes).toBeGreaterThan(2 * GiB);
    const high = learner(engine, "high");
    high.train(20);
    expect(weights(engine, high)).toEqual(expected);
    expect(high.program.readScalar("loss")).toBe(low.program.readScalar("loss"));
    expect([...high.program.read("logits")]).toEqual([...low.program.read("logits")]);

    fill(1024);
    expect(engine.bytes).toBeGreaterThan(3 * GiB);
    const [x, v] = [input("x", ["rows", 5]), variable("v", [5])];
    const y = add(mul(exp(x), v), sum(x, 1, { keepDims: true }));
    const outputs = { y, t: matmul(x, y, { transposeA: true }), g: gradients(sum(square(y)), [x])[0] };
    const feeds = new Map<Tensor, ArrayLike<number>>([[x, uniform(createRandom(1), 350)], [v, [1, 2, 3, 4, 5]]]); // prettier-ignore
    const result = runOnEngine(engine, { outputs }, feeds, 70);
    const reference = runReference({ outputs }, feeds, 70).outputs;
    for (const name of ["y", "t", "g"] as const) expectClose(result.outputs[name], reference[name], 1e-5, name);
    result.program.gather(x, new Float32Array(50).map((_, i) => i), [9, 3], 0, 2); // prettier-ignore
    result.program.run(2);
    expect(result.program.read("y").every(Number.isFinite)).toBe(true);

    const before = engine.bytes;
    expect(() => fill(2000)).toThrow(/has \d+ MiB and cannot allocate \d+ MiB more: an engine holds at most 4 GiB/);
    expect(engine.bytes).toBe(before);
    low.train(1); // and goes on with what it has
    high.train(1);
    expect(weights(engine, high)).toEqual(weights(engine, low));
    fill(100);
  });

  test("memory that grows keeps what is there", async () => {
    const engine = await createEngine({ strict });
    const v = variable("v", [1000]);
    const values = new Float32Array(1000).map((_, i) => i);
    engine.write(v, values);
    const program = engine.compile({ outputs: { twice: mul(v, 2) } });
    program.run();
    for (let i = 0; i < 20; i++) {
      const before = engine.bytes;
      engine.compile({ outputs: { s: sum(input("x", ["rows", 1000])) } }, { capacity: 500 });
      expect(engine.bytes).toBeGreaterThan(before);
      expect(engine.read(v)).toEqual(values);
      program.run();
      expect(program.read("twice")).toEqual(values.map((x) => 2 * x));
    }
  });

  test("a run allocates nothing, in WebAssembly or in JavaScript", { retry: 3 }, async () => {
    const engine = await createEngine({ strict });
    const { program, x, train } = learner(engine, "w");
    const logits = new Float32Array(400);
    const source = new Float32Array(600).map((_, i) => i / 600);
    const indices = new Int32Array(100).map((_, i) => (i * 7) % 200);
    const work = (times: number): number => {
      let total = 0;
      for (let i = 0; i < times; i++) {
        program.gather(x, source, indices, 0, 100);
        train(1);
        program.read("logits", logits);
        total += program.readScalar("loss");
      }
      return total;
    };
    work(3000); // until it is compiled
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const bytes = engine.bytes;
    // The compiler allocates too, in the background: one quiet round in five tells.
    const growth = Array.from({ length: 5 }, () => {
      collect();
      const before = process.memoryUsage().heapUsed;
      work(1000);
      return process.memoryUsage().heapUsed - before;
    });
    expect(engine.bytes).toBe(bytes);
    expect(Math.min(...growth) / 1000, `bytes a run: ${growth}`).toBeLessThan(64);
  });

  test("many engines live side by side and do not disturb each other", async () => {
    const many = await Promise.all(Array.from({ length: 40 }, () => createEngine({ strict })));
    const v = variable("v", [4]); // one variable, another value in each
    const programs = many.map((engine, i) => {
      engine.write(v, [i, i, i, i]);
      return engine.compile({ outputs: { y: mul(v, 2) }, updates: [assign(v, add(v, 1))] });
    });
    for (let t = 0; t < 3; t++) for (const p of programs) p.run();
    many.forEach((engine, i) => {
      expect([...engine.read(v)]).toEqual([i + 3, i + 3, i + 3, i + 3]);
      expect(programs[i].read("y")[0]).toBe(2 * (i + 2));
    });
  });
});

test.runIf(process.env.POLGRAD_FULL)(
  "engines are freed with their last reference: 300 of 64 MiB each, one after another",
  async () => {
    for (let i = 0; i < 300; i++) {
      const engine = await createEngine();
      engine.compile({ outputs: { s: sum(input("x", ["rows", 1000])) } }, { capacity: 16_000 });
    }
  },
);

describe.each(engines)("the contract of programs on the $name", ({ engine }) => {
  const x = input("x", ["rows", 2]);
  const s = input("s", []);
  const program = engine.compile({ outputs: { y: mul(x, s), t: sum(x) } }, { capacity: 3 });

  test("what a program has not is named, with what it has", () => {
    expect(() => program.write(input("z", []), 1)).toThrow(
      'the program does not read the input "z"; it reads "x", "s"',
    );
    // @ts-expect-error there is no output of this name
    expect(() => program.read("z")).toThrow('the program has no output "z"; it has y, t');
    expect(() => program.write(x, new Float32Array(7))).toThrow('input "x" holds 6 values, not 7');
    expect(() => program.gather(s, [1], [0], 0, 1)).toThrow('input "s" of shape [] does not take 1 rows');
    expect(() => program.gather(x, new Float32Array(8), [0, 1, 2, 3], 0, 4)).toThrow(
      'input "x" of shape [rows, 2] does not take 4 rows: the program was compiled for 3',
    );
    expect(() => program.write(x, 1)).toThrow('input "x" of shape [rows, 2] is not a scalar');
    for (const rows of [0, 4, -1, NaN]) expect(() => program.run(rows)).toThrow(`1 to 3 rows cannot run ${rows}`);
    expect(() => engine.compile({ outputs: {} }, { capacity: 0 })).toThrow("capacity");
    expect(() => engine.write(variable("v", [2]), [1])).toThrow('"v" of shape [2] takes 2 values, not 1');
  });

  test("gather takes rows by index, from an offset, of any width", () => {
    const source = [0, 1, 10, 11, 20, 21, 30, 31];
    program.write(s, 1);
    program.gather(x, source, [9, 3, 0, 2], 1, 3);
    program.run(3);
    expect([...program.read("y")]).toEqual([30, 31, 0, 1, 20, 21]);
    const c = input("c", ["rows"]);
    const column = engine.compile({ outputs: { y: add(c, 0) } }, { capacity: 3 });
    column.gather(c, source, [7, 1], 0, 2);
    column.run(2);
    expect([...column.read("y")]).toEqual([31, 1]);
  });

  test("values of a partial write stay for the rows that were not written", () => {
    program.write(s, 2);
    program.write(x, [1, 2, 3, 4, 5, 6]);
    program.write(x, [9, 9], 1);
    program.run(3);
    expect([...program.read("y")]).toEqual([18, 4, 6, 8, 10, 12]);
    const out = new Float32Array(2);
    program.run(1);
    expect(program.read("y", out)).toBe(out);
    expect([...out]).toEqual([18, 4]);
    expect(program.read("y").length).toBe(2);
    expect(program.readScalar("t")).toBe(11);
  });

  test("explainNaN names the tensor and the row where a NaN began", () => {
    const [a, w] = [input("a", ["rows", 2]), variable("w", [2])];
    const scaled = named("scaled", mul(a, w));
    const spec = { outputs: { y: mean(log(scaled)) } };
    engine.write(w, [1, 2]);
    const p = engine.compile(spec, { capacity: 4 });
    p.write(a, [1, 1, 2, 2, 3, -3, 4, 4]);
    p.run(4);
    expect(p.readScalar("y")).toBeNaN();
    expect(p.explainNaN()).toBe('log("scaled") row 2');
    expect(p.explainNaN(2)).toBeUndefined();
    p.write(a, [1, 1, NaN, 2, 3, -3, 4, 4]);
    expect(p.explainNaN(4)).toBe('input "a" row 1');
    engine.write(w, [1, NaN]);
    expect(p.explainNaN(1)).toBe('variable "w" at [1]');
    engine.write(w, [1, 1]);
    const hidden = engine.compile({ outputs: { y: select(constant(0), log(sub(0, square(w))), 1) } });
    hidden.run();
    expect(hidden.explainNaN()).toBeUndefined();
    const overflow = engine.compile({ outputs: { y: sub(exp(mul(w, 100)), exp(mul(w, 100))) } });
    overflow.run();
    expect(overflow.explainNaN()).toContain("of an infinite exp(");
  });
});

test("strict results are the same bits on every machine: this hash changes only when the kernels' arithmetic does", async () => {
  const engine = await createEngine({ strict: true });
  const subject = learner(engine, "w");
  subject.train(50);
  const [x, v] = [input("x", ["rows", 3]), variable("v", [3])];
  engine.write(v, [0.3, -0.7, 1.1]);
  const y = div(exp(mul(x, v)), add(1, square(reshape(sum(x, 1), ["rows", 1]))));
  const program = engine.compile({ outputs: { y, m: mean(log(y), 0), g: gradients(mean(tanh(y)), [v])[0] } }, { capacity: 200 }); // prettier-ignore
  program.write(x, uniform(createRandom(9), 600, -3, 3));
  program.run(200);
  const hash = createHash("sha256");
  for (const p of subject.parameters) hash.update(engine.read(p));
  for (const name of ["loss", "logits"] as const) hash.update(subject.program.read(name));
  for (const name of ["y", "m", "g"] as const) hash.update(program.read(name));
  expect(hash.digest("hex")).toBe("a34b0bf181efe688e53ba20defbab02f2ea4362e57fa50e47664b3f5e820ec8b");
});
