// Describes what is wrong with an observation, an action, a mask or a step. Thorough and slow: called once something is
// known to be wrong, or to check.
import {
  describeNumber,
  describeSpace,
  elementSize,
  isNumberArray,
  maskSize,
  type Discrete,
  type Space,
} from "../spaces/index.ts";
import { typeName } from "../text/values.ts";

/** What is wrong with an observation, as a sentence without its full stop; null if nothing is. */
export function observationProblem(space: Space, observation: unknown): string | null {
  if (observation instanceof Promise) return "the observation is a Promise, but environments are synchronous";
  return elementProblem("observation", space, observation);
}

/** What is wrong with an action, likewise. */
export const actionProblem = (space: Space, action: unknown): string | null => elementProblem("action", space, action);

function elementProblem(name: string, space: Space, x: unknown): string | null {
  switch (space.kind) {
    case "discrete": {
      const last = space.start + space.n - 1;
      if (typeof x !== "number") {
        return `the ${name} is ${typeName(x)}, but ${describeSpace(space)} has whole numbers`;
      }
      if (Number.isInteger(x) && x >= space.start && x <= last) return null;
      return `the ${name} is ${x}, but ${describeSpace(space)} has the whole numbers ${space.start}..${last}`;
    }
    case "box":
      return arrayProblem(name, space, x, (value, j) => {
        if (!Number.isFinite(Math.fround(value))) return `is ${value}, but must be finite`;
        if (Math.fround(value) >= space.low[j] && Math.fround(value) <= space.high[j]) return null;
        const bounds = `${describeNumber(space.low[j])}..${describeNumber(space.high[j])}`;
        return `is ${value}, outside the bounds ${bounds} of its space`;
      });
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
  if (!Array.isArray(x) && !(ArrayBuffer.isView(x) && "length" in x)) {
    return `the ${name} is ${typeName(x)}, but ${describeSpace(space)} has arrays of ${whole}numbers`;
  }
  const values = x as ArrayLike<unknown>;
  const size = elementSize(space);
  if (values.length !== size) {
    return `the ${name} has ${values.length} components, but ${describeSpace(space)} has ${size}`;
  }
  for (let j = 0; j < size; j++) {
    const value = values[j];
    const component = size === 1 && space.kind === "box" && space.shape.length === 0 ? `the ${name}` : `${name}[${j}]`;
    if (typeof value !== "number") return `${component} is ${typeName(value)}, but must be a number`;
    if (Number.isNaN(value)) return `${component} is NaN`;
    const problem = problemOf(value, j);
    if (problem) return `${component} ${problem}`;
  }
  return null;
}

/** What is wrong with a mask of the actions of `space`, likewise. */
export function maskProblem(space: Space, mask: unknown): string | null {
  if (!isNumberArray(mask)) {
    return `the action mask is ${typeName(mask)}, but must be an array of zeros and ones`;
  }
  const size = maskSize(space);
  if (mask.length !== size) {
    return `the action mask has ${mask.length} entries, but ${describeSpace(space)} takes ${size}`;
  }
  for (let j = 0; j < size; j++) if (Number.isNaN(mask[j])) return `entry ${j} of the action mask is NaN`;
  const counts = space.kind === "multiDiscrete" ? space.counts : [size];
  let at = 0;
  for (const [i, count] of counts.entries()) {
    let allowed = false;
    for (const end = at + count; at < end; at++) allowed ||= mask[at] !== 0;
    if (allowed) continue;
    return `the action mask forbids ${counts.length === 1 ? "every action" : `every choice of component ${i}`}`;
  }
  return null;
}

/** What is wrong with the reward and the flags of a step's result. */
export function stepProblems(result: { reward?: unknown; terminated?: unknown; truncated?: unknown }): string[] {
  const problems: string[] = [];
  if (!Number.isFinite(result.reward)) {
    const shown = typeof result.reward === "number" ? result.reward : typeName(result.reward);
    problems.push(`the reward is ${shown}, but must be a finite number`);
  }
  for (const flag of ["terminated", "truncated"] as const) {
    if (typeof result[flag] !== "boolean") {
      problems.push(`${flag} is ${describeValue(result[flag])}, but must be true or false`);
    }
  }
  return problems;
}

const describeValue = (x: unknown): string =>
  typeof x === "number" || typeof x === "string" ? JSON.stringify(x) : typeName(x);
