// Programs as the planner makes them: what it refuses, and how little memory it takes.

import { describe, expect, test } from "vitest";
import { add, assign, createEngine, exp, input, mean, mul, sub, sum, tanh, variable, type Tensor } from "../../src/tensor/index.ts"; // prettier-ignore
import { expectClose } from "./compare.ts";

const chain = (x: Tensor, length: number): Tensor => {
  for (let i = 0; i < length; i++) x = tanh(add(x, 0.1));
  return x;
};

describe("what a program cannot be", () => {
  test("two updates of one variable", async () => {
    const engine = await createEngine();
    const v = variable("v", [2]);
    const spec = { outputs: {}, updates: [assign(v, add(v, 1)), assign(v, mul(v, 2))] };
    expect(() => engine.compile(spec)).toThrow('the program updates "v" twice');
  });
});

test("two inputs of one name are two inputs, each fed on its own", async () => {
  const engine = await createEngine();
  const [a, b] = [input("x", [2]), input("x", [2])];
  const program = engine.compile({ outputs: { y: sub(a, b) } });
  program.write(a, [10, 20]);
  program.write(b, [1, 2]);
  program.run();
  expect([...program.read("y")]).toEqual([9, 18]);
  expect(() => program.write(input("x", [2]), [1, 2])).toThrow('the program does not read the input "x"');
});

test("inputs are tensors and outputs are names: anything else does not compile", async () => {
  const engine = await createEngine();
  const x = input("x", ["rows"]);
  const program = engine.compile({ outputs: { y: mul(x, 2) } });
  // @ts-expect-error a name is not an input
  expect(() => program.write("x", [1])).toThrow(TypeError);
  // @ts-expect-error a name is not an input
  expect(() => program.gather("x", [1], [0], 0, 1)).toThrow(TypeError);
  // @ts-expect-error there is no output of this name
  expect(() => program.read("Y")).toThrow('the program has no output "Y"; it has y');
  // @ts-expect-error there is no output of this name
  expect(() => program.readScalar("yy")).toThrow('the program has no output "yy"; it has y');
});

describe("memory", () => {
  const rows = 4096;
  const megabytes = async (outputs: Record<string, Tensor>): Promise<number> => {
    const engine = await createEngine();
    engine.compile({ outputs }, { capacity: rows });
    return engine.bytes / 2 ** 20;
  };

  test("what lives and dies within rows takes the memory of a block, not of all rows", async () => {
    const x = input("x", ["rows", 64]); // 1 MiB at 4096 rows
    expect(await megabytes({ y: mean(chain(x, 100)) })).toBeLessThan(1.5);
  });

  test("values in a row of static operations take turns", async () => {
    const v = variable("v", [512, 512]); // 1 MiB
    expect(await megabytes({ y: sum(chain(v, 50)) })).toBeLessThan(5);
  });

  test("and still gives the right numbers", async () => {
    const engine = await createEngine();
    const x = input("x", ["rows", 3]);
    const early = exp(x);
    const y = add(chain(x, 30), early); // early lives through the whole chain
    const program = engine.compile({ outputs: { y: sum(y, 0), z: early } }, { capacity: 150 });
    const values = new Float32Array(450).map((_, i) => ((i * 37) % 100) / 100 - 0.5);
    program.write(x, values);
    program.run(150);
    const expected = [0, 0, 0];
    values.forEach((v, i) => {
      let t: number = v;
      for (let k = 0; k < 30; k++) t = Math.tanh(t + 0.1);
      expected[i % 3] += t + Math.exp(v);
    });
    expectClose(program.read("y"), expected, 1e-5);
    expectClose(program.read("z"), values.map(Math.exp), 1e-6);
  });
});

test("a program without outputs, updates or rows is none to worry about", async () => {
  const engine = await createEngine();
  const program = engine.compile({ outputs: {} });
  expect(() => program.run()).not.toThrow();
});

test.runIf(process.env.POLGRAD_FULL)(
  "a graph of hundreds of thousands of operations, as of a long sequence, compiles",
  async () => {
    const engine = await createEngine();
    const x = input("x", ["rows", 1]);
    const program = engine.compile({ outputs: { y: chain(x, 100_000) } });
    program.write(x, [0.5]);
    program.run(1);
    expect(program.read("y")[0]).toBeGreaterThan(0);
  },
);
