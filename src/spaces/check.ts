// Describes what is wrong with something that should be a space: users write environments in plain JavaScript.
import { typeName, valueText } from "../text/values.ts";
import type { Box } from "./box.ts";
import type { Discrete } from "./discrete.ts";
import type { MultiBinary } from "./multi-binary.ts";
import { countsProblem } from "./multi-discrete.ts";

const kinds = "box(low, high, shape), discrete(n), multiDiscrete(counts) or multiBinary(n)";

/** What is wrong with `x` as a space, as the end of a sentence that begins with its name ("is …"), or null. */
export function spaceProblem(x: unknown): string | null {
  if (typeof x !== "object" || x === null) {
    return `is ${typeName(x)}, but must be a space: ${kinds}`;
  }
  const kind = (x as { kind?: unknown }).kind;
  if (kind === "discrete") return discreteProblem(x as Discrete);
  if (kind === "multiDiscrete") {
    const problem = countsProblem((x as { counts?: unknown }).counts);
    return problem && `is MultiDiscrete, but ${problem}`;
  }
  if (kind === "multiBinary") return multiBinaryProblem(x as MultiBinary);
  if (kind === "box") return boxProblem(x as Box);
  return `has kind ${valueText(kind)}, but must be a space: ${kinds}`;
}

function discreteProblem({ n, start }: Discrete): string | null {
  if (!Number.isSafeInteger(n) || n < 1)
    return `is Discrete with n = ${valueText(n)}, but n must be a whole number of at least 1`;
  if (!Number.isSafeInteger(start)) return `is Discrete with start = ${start}, but start must be a whole number`;
  return null;
}

function multiBinaryProblem({ n }: MultiBinary): string | null {
  if (Number.isSafeInteger(n) && n >= 1) return null;
  return `is MultiBinary with n = ${n}, but n must be a whole number of at least 1`;
}

function boxProblem({ shape, low, high }: Box): string | null {
  if (!Array.isArray(shape) || !(low instanceof Float32Array) || !(high instanceof Float32Array)) {
    return "is a Box without a shape array and Float32Array bounds; make it by box(low, high, shape)";
  }
  const size = (shape as readonly number[]).reduce((product, extent) => product * extent, 1);
  if (low.length !== size || high.length !== size) {
    return `is a Box of ${size} components with ${low.length} lower and ${high.length} upper bounds`;
  }
  const empty = low.findIndex((bound, i) => !(bound <= high[i]));
  return empty < 0 ? null : `is a Box whose component ${empty} has the bounds ${low[empty]}..${high[empty]}`;
}
