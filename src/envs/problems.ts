// Describes what is wrong with an observation, an action or a step. Thorough and slow: called once something is
// known to be wrong, or to check.
import { isPromise } from "../awaitable.ts";
import {
  describeNumber,
  describeSpace,
  elementSize,
  isArray,
  roundedBounds,
  type Box,
  type Discrete,
  type Space,
} from "../spaces/index.ts";
import { describedValue, typeName } from "../text/values.ts";

/**
 * What is wrong with an observation, as a sentence without its full stop; null if nothing is. A rounding beyond a bound is
 * not wrong: it is clipped.
 */
export function observationProblem(space: Space, observation: unknown): string | null {
  if (isPromise(observation))
    return "the observation is a promise: return a promise of the whole result, as an async function does";
  return elementProblem("observation", space, observation, space.kind === "box" ? roundedBounds(space) : undefined);
}

/** What is wrong with an action, likewise; all that lies beyond a bound is. */
export const actionProblem = (space: Space, action: unknown): string | null => elementProblem("action", space, action);

function elementProblem(name: string, space: Space, x: unknown, within?: Pick<Box, "low" | "high">): string | null {
  switch (space.kind) {
    case "discrete": {
      const last = space.start + space.n - 1;
      if (typeof x !== "number") {
        return `the ${name} is ${describedValue(x)}, but ${describeSpace(space)} has whole numbers`;
      }
      if (Number.isInteger(x) && x >= space.start && x <= last) return null;
      return `the ${name} is ${x}, but ${describeSpace(space)} has the whole numbers ${space.start}..${last}`;
    }
    case "box": {
      const { low, high } = within ?? space;
      return arrayProblem(name, space, x, (value, j) => {
        if (!Number.isFinite(Math.fround(value))) return `is ${value}, but must be finite`;
        if (Math.fround(value) >= low[j] && Math.fround(value) <= high[j]) return null;
        const bounds = `${describeNumber(space.low[j])}..${describeNumber(space.high[j])}`;
        return `is ${value}, outside the bounds ${bounds} of its space`;
      });
    }
    case "multiDiscrete":
    case "multiBinary":
      return arrayProblem(name, space, x, (value, j) => {
        const last = space.kind === "multiBinary" ? 1 : space.counts[j] - 1;
        if (Number.isInteger(value) && value >= 0 && value <= last) return null;
        return `is ${value}, but must be a whole number of 0..${last}`;
      });
  }
}

function arrayProblem(
  name: string,
  space: Exclude<Space, Discrete>,
  x: unknown,
  problemOf: (value: number, j: number) => string | null,
): string | null {
  const whole = space.kind === "box" ? "" : "whole ";
  if (!isArray(x))
    return `the ${name} is ${describedValue(x)}, but ${describeSpace(space)} has arrays of ${whole}numbers`;
  const size = elementSize(space);
  if (x.length !== size) {
    return `the ${name} has ${x.length} components, but ${describeSpace(space)} has ${size}`;
  }
  for (let j = 0; j < size; j++) {
    const value = x[j];
    const component = size === 1 && space.kind === "box" && space.shape.length === 0 ? `the ${name}` : `${name}[${j}]`;
    if (typeof value !== "number") return `${component} is ${describedValue(value)}, but must be a number`;
    if (Number.isNaN(value)) return `${component} is NaN`;
    const problem = problemOf(value, j);
    if (problem) return `${component} ${problem}`;
  }
  return null;
}

/** What is wrong with the result of `step` or `reset` as a whole, likewise; its parts are another matter. */
export function resultProblem(call: string, result: unknown): string | null {
  if (typeof result === "object" && result !== null && "observation" in result) return null;
  return `${call} returned ${typeName(result)}, but must return an object with an observation`;
}

/** What is wrong with the reward and the flags of a step's result. */
export function stepProblems(result: { reward?: unknown; terminated?: unknown; truncated?: unknown }): string[] {
  const problems: string[] = [];
  if (!Number.isFinite(result.reward))
    problems.push(`the reward is ${describedValue(result.reward)}, but must be a finite number`);
  for (const flag of ["terminated", "truncated"] as const) {
    if (typeof result[flag] !== "boolean")
      problems.push(`${flag} is ${describedValue(result[flag])}, but must be true or false`);
  }
  return problems;
}
