// Fisher-vector products against the dense matrix E_s E_a[∇log π ∇log πᵀ], by enumeration of actions, for every action
// space.

import { describe, test } from "vitest";
import { fisherVectorProduct, sizeOf } from "../../src/algorithms/fisher.ts";
import { actionHead } from "../../src/distributions/index.ts";
import { box, discrete, multiBinary, multiDiscrete, type Space } from "../../src/spaces/index.ts";
import { add, gradients, input, matmul, sum, tanh, variable, type Tensor } from "../../src/tensor/index.ts";
import { runReference } from "../../src/tensor/reference.ts";
import { backends } from "../tensor/backends.ts";
import { createRandom, expectClose, uniform } from "../tensor/compare.ts";
import { addOuterProduct, enumerateActions, multiply, zeroMatrix } from "./dense.ts";

const spaces: [string, Space, { logStd?: "parameter" | "network" }, number[]?][] = [
  ["discrete", discrete(4), {}],
  ["discrete, with actions forbidden", discrete(4), {}, [1, 0, 1, 1]],
  ["multi-discrete", multiDiscrete([3, 2]), {}],
  ["multi-discrete, with choices forbidden", multiDiscrete([3, 2]), {}, [0, 1, 1, 1, 1]],
  ["multi-binary", multiBinary(3), {}],
  ["a Box, log σ a parameter", box([-1, -1], [1, 1]), { logStd: "parameter" }],
  ["a Box, log σ from the network", box([-1, -1], [1, 1]), { logStd: "network" }],
];
const rows = 5;

describe.each(spaces)("%s", (_, space, options, mask) => {
  // One hidden layer of three.
  const head = actionHead(space, options);
  const random = createRandom(3);
  const x = input("x", ["rows", 2]);
  const masks = mask && input("masks", ["rows", mask.length]);
  const variables = [variable("w0", [2, 3]), variable("b0", [3]), variable("w1", [3, head.outputs]), variable("b1", [head.outputs]), ...head.trained.map((p) => p.variable)]; // prettier-ignore
  const [w0, b0, w1, b1] = variables as [Tensor, Tensor, Tensor, Tensor];
  const distribution = head.distribution(add(matmul(tanh(add(matmul(x, w0), b0)), w1), b1), masks);
  const vector = input("vector", [sizeOf(variables)]);
  const policy = { distribution: distribution.parameters, klFrom: distribution.klFrom };
  const product = fisherVectorProduct(policy, variables, vector);

  const feeds = new Map<Tensor, ArrayLike<number>>([[x, uniform(random, rows * 2)]]);
  if (masks) feeds.set(masks, new Array<number[]>(rows).fill(mask).flat());
  const sizes = variables.map((v) => (v.shape as number[]).reduce((a, b) => a * b));
  variables.forEach((v, i) => feeds.set(v, uniform(random, sizes[i])));
  feeds.set(vector, sizes.flatMap((size) => Array.from(uniform(random, size)))); // prettier-ignore

  /** The mean over the rows of Σ_a π(a|s) ∇log π(a|s) ∇log π(a|s)ᵀ. */
  function denseFisher(): number[][] {
    const matrix = zeroMatrix(sizes.reduce((a, b) => a + b));
    const actions = input("actions", ["rows", head.actionSize]);
    const scores = gradients(sum(distribution.logProb(actions)), variables);
    for (let row = 0; row < rows; row++) {
      const one = new Map(feeds).set(x, Array.from(feeds.get(x)!).slice(2 * row, 2 * row + 2));
      if (masks) one.set(masks, mask);
      const parameters = runReference({ outputs: { p: distribution.parameters } }, one, 1).outputs.p;
      for (const { action, probability } of enumerateActions(space, parameters)) {
        if (probability === 0) continue;
        const { values } = runReference({ outputs: {} }, new Map(one).set(actions, action), 1);
        addOuterProduct(matrix, probability / rows, scores.flatMap((s) => [...values(s)])); // prettier-ignore
      }
    }
    return matrix;
  }
  const matrix = denseFisher();
  const expected = multiply(matrix, Array.from(feeds.get(vector)!));

  test.each(backends)("on the $name", ({ run, name }) => {
    const { product: actual } = run({ outputs: { product } }, feeds, rows).outputs;
    expectClose(actual, [...expected], name === "reference" ? 1e-10 : 1e-5);
  });
});
