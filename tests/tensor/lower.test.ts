// From graph to kernel graph: what is shared, what is fused, and what must not be.

import { describe, expect, test } from "vitest";
import {
  add,
  exp,
  gradients,
  input,
  logSoftmax,
  matmul,
  mean,
  mul,
  relu,
  stopGradient,
  sub,
  sum,
  tanh,
  variable,
  type Tensor,
} from "../../src/tensor/index.ts";
import { kernelOrder } from "../../src/tensor/compile/kernel-graph.ts";
import { lowerTensors } from "../../src/tensor/compile/lower.ts";

const kinds = (...roots: Tensor[]): string[] =>
  kernelOrder(lowerTensors(roots))
    .map((n) => n.operation.kind)
    .filter((kind) => kind !== "leaf" && kind !== "alias");

const x = input("x", ["rows", 4]);
const [w, b, v] = [variable("w", [4, 8]), variable("b", [8]), variable("v", [8, 8])];

describe("sharing", () => {
  test("equal expressions are computed once", () => {
    expect(kinds(add(exp(x), exp(x)))).toEqual(["exp", "add"]);
    expect(kinds(mul(x, 2), add(mul(x, 2), 1))).toEqual(["mul", "add"]);
    expect(kinds(logSoftmax(x), exp(logSoftmax(x)))).toEqual(["logSoftmax", "exp"]);
    expect(kinds(stopGradient(exp(x)), exp(x))).toEqual(["exp"]);
  });

  test("different inputs, constants, operand orders and shapes are kept apart", () => {
    expect(kinds(exp(input("x", [2])), exp(input("x", [2])))).toEqual(["exp", "exp"]);
    expect(kinds(mul(x, 2), mul(x, 3))).toEqual(["mul", "mul"]);
    expect(kinds(sub(x, 2), sub(2, x))).toEqual(["sub", "sub"]);
    expect(kinds(sum(x, 0), sum(x, 1))).toEqual(["sum", "sum"]);
    expect(kinds(matmul(v, v), matmul(v, v, { transposeA: true }))).toEqual(["matmul", "matmul"]);
  });

  test("one node for each root, in order", () => {
    const y = exp(x);
    const nodes = lowerTensors([y, x, y]);
    expect(nodes).toHaveLength(3);
    expect(nodes[0]).toBe(nodes[2]);
    expect(nodes[1].operation.kind).toBe("leaf");
  });
});

describe("fusion", () => {
  test("bias and activation ride on the product", () => {
    expect(kinds(tanh(add(matmul(x, w), b)))).toEqual(["matmul"]);
    expect(kinds(relu(add(matmul(x, w), b)))).toEqual(["matmul"]);
    expect(kinds(tanh(matmul(x, w)))).toEqual(["matmul"]);
  });

  test("a product that something else reads stays whole", () => {
    const product = matmul(x, w);
    expect(kinds(add(product, b), exp(product)).sort()).toEqual(["add", "exp", "matmul"]);
    expect(kinds(add(product, b), product).sort()).toEqual(["add", "matmul"]);
    const biased = add(product, b);
    expect(kinds(tanh(biased), relu(biased)).sort()).toEqual(["matmul", "relu", "tanh"]);
  });

  test("sums over rows take no epilogue: they are complete only after the last block", () => {
    const y = input("y", ["rows", 8]);
    const product = matmul(x, y, { transposeA: true });
    expect(kinds(tanh(product))).toEqual(["matmul", "tanh"]);
    expect(kinds(add(product, b))).toEqual(["matmul", "add"]);
  });

  test("the derivative of an activation rides on the product behind it", () => {
    const hidden = tanh(add(matmul(x, w), b));
    const loss = mean(matmul(tanh(add(matmul(hidden, v), b)), v));
    const used = kinds(...gradients(loss, [w, b, v]));
    expect(used).not.toContain("square"); // of 1 − y²
    expect(used).not.toContain("tanh");
  });
});
