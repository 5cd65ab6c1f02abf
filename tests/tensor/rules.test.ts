// What the compiler sees to: an operation needs a derivative, a meaning, a lowering and instructions, and an
// instruction all its fields, where the interpreter reads them.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Encodings } from "../../src/tensor/compile/encode.ts";
import { Opcode, PickLayout, UnaryLayout } from "../../src/tensor/compile/instructions.ts";
import type { Lowerings } from "../../src/tensor/compile/lower.ts";
import { fixed, instruction, type ForEveryOpcode, type Layouts } from "../../src/tensor/compile/words.ts";
import { derivatives, type Derivatives } from "../../src/tensor/graph/derivatives.ts";
import type { Evaluations } from "../../src/tensor/reference-table.ts";

const source = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("a table that lacks an operation does not compile", () => {
  const { tanh, ...withoutTanh } = derivatives;
  expect(tanh).toBeDefined();
  // @ts-expect-error tanh has no derivative
  const incomplete: Derivatives[] = [withoutTanh];
  // @ts-expect-error tanh has no derivative
  incomplete.push({} as Omit<Derivatives, "tanh">);
  // @ts-expect-error mul has no derivative by its second input
  incomplete.push({ ...derivatives, mul: [({ g }) => g] });
  // @ts-expect-error the derivative of slice has no axes
  incomplete.push({ ...derivatives, slice: [({ g, operation }) => (operation.axes ? g : g)] });

  // @ts-expect-error tanh has no meaning in float64
  const evaluations: Evaluations = {} as Omit<Evaluations, "tanh">;
  // @ts-expect-error tanh is not lowered
  const lowerings: Lowerings = {} as Omit<Lowerings, "tanh">;
  // @ts-expect-error tanhGradient has no instructions
  const encodings: Encodings = {} as Omit<Encodings, "tanhGradient">;
  // @ts-expect-error Sum has no layout
  type Incomplete = ForEveryOpcode<Omit<Layouts, Opcode.Sum>>;
  const unused: Incomplete | undefined = undefined;
  expect([evaluations, lowerings, encodings, unused]).toHaveLength(4);
});

test("an instruction has the fields of its layout, in their places", () => {
  const [out, a] = [fixed(64), fixed(128)];
  const count = { fixed: 5, perRow: 0 };
  expect(instruction(Opcode.Neg, { [UnaryLayout.Out]: out, [UnaryLayout.A]: a, [UnaryLayout.Count]: count })).toEqual([
    Opcode.Neg,
    8,
    64,
    0,
    128,
    0,
    5,
    0,
  ]);
  // @ts-expect-error without a count
  instruction(Opcode.Neg, { [UnaryLayout.Out]: out, [UnaryLayout.A]: a });
  // @ts-expect-error with the fields of another instruction
  instruction(Opcode.Neg, { [PickLayout.Out]: out, [PickLayout.A]: a, [PickLayout.Index]: a, [PickLayout.Count]: count, [PickLayout.Columns]: 3 }); // prettier-ignore
  // A number takes half the room of an operand.
  expect(() =>
    instruction(Opcode.Neg, { [UnaryLayout.Out]: out, [UnaryLayout.A]: 128, [UnaryLayout.Count]: count }),
  ).toThrow("the field before byte 16 does not end there");
});

test("the interpreter has a case for each opcode, and reads each field", () => {
  const interpreter =
    source("kernels/interpreter.ts") + source("kernels/language.ts") + source("kernels/elementwise.ts");
  const enums = source("src/tensor/compile/instructions.ts").matchAll(/export const enum (\w+) \{(.*?)\n\}/gs);
  const members = new Map(
    Array.from(enums, ([, name, body]) => [name, Array.from(body.matchAll(/^ {2}(\w+)/gm), ([, member]) => member)]),
  );
  const opcodes = members.get("Opcode")!;
  expect(opcodes.length).toBeGreaterThan(30);
  expect(opcodes.filter((opcode) => !interpreter.includes(`case Opcode.${opcode}:`))).toEqual([]);
  const fields = [...members].flatMap(([name, fields]) =>
    name.endsWith("Layout") ? fields.filter((field) => field !== "Out").map((field) => `${name}.${field}`) : [],
  );
  expect(fields.length).toBeGreaterThan(60);
  expect(fields.filter((field) => !new RegExp(`\\b${field}\\b`).test(interpreter))).toEqual([]);
});
