import { expect, test } from "vitest";
import { plain } from "../../src/experiments/prose.ts";

test("a terminal shows formulas in letters of theirs", () => {
  expect(plain("The *mean* of\n$\\nabla \\log p(\\tau; \\theta)$ is `0` at $\\hat A = 1$.")).toBe(
    "The mean of ∇log p(τ; θ) is 0 at A = 1.",
  );
});
