// Says what is wrong with what an environment gave. Slow and wordy: called once something is known to be wrong, or to check.
import {
  describeNumber,
  describeSpace,
  elementSize,
  flatSize,
  isNumberArray,
  type MultiBinary,
  type MultiDiscrete,
  type Space,
} from "../spaces/index.ts";

/** What is wrong with an observation, as a sentence without its full stop; null where nothing is. */
export function observationProblem(space: Space, observation: unknown): string | null {
  if (observation instanceof Promise) return "the observation is a Promise, but environments are synchronous";
  switch (space.kind) {
    case "discrete": {
      if (typeof observation !== "number") {
        return `the observation is ${typeName(observation)}, but ${describeSpace(space)} has whole numbers`;
      }
      const last = space.start + space.n - 1;
      if (Number.isInteger(observation) && observation >= space.start && observation <= last) return null;
      return `the observation is ${observation}, but ${describeSpace(space)} has the whole numbers ${space.start}..${last}`;
    }
    case "box": {
      if (!Array.isArray(observation) && !(ArrayBuffer.isView(observation) && "length" in observation)) {
        return `the observation is ${typeName(observation)}, but ${describeSpace(space)} has arrays of numbers`;
      }
      const values = observation as ArrayLike<unknown>;
      const size = flatSize(space);
      if (values.length !== size) {
        return `the observation has ${values.length} components, but ${describeSpace(space)} has ${size}`;
      }
      for (let j = 0; j < size; j++) {
        const value = values[j];
        const name = size === 1 && space.shape.length === 0 ? "the observation" : `observation[${j}]`;
        if (typeof value !== "number") return `${name} is ${typeName(value)}, but must be a number`;
        if (Number.isNaN(value)) return `${name} is NaN`;
        if (!Number.isFinite(Math.fround(value))) return `${name} is ${value}, but must be finite`;
        if (Math.fround(value) < space.low[j] || Math.fround(value) > space.high[j]) {
          const bounds = `${describeNumber(space.low[j])}..${describeNumber(space.high[j])}`;
          return `${name} is ${value}, outside of its space's bounds ${bounds}`;
        }
      }
      return null;
    }
    case "multiDiscrete":
    case "multiBinary":
      return choicesProblem(space, observation);
  }
}

function choicesProblem(space: MultiDiscrete | MultiBinary, observation: unknown): string | null {
  if (!isNumberArray(observation)) {
    return `the observation is ${typeName(observation)}, but ${describeSpace(space)} has arrays of whole numbers`;
  }
  const size = elementSize(space);
  if (observation.length !== size) {
    return `the observation has ${observation.length} components, but ${describeSpace(space)} has ${size}`;
  }
  for (let j = 0; j < size; j++) {
    const last = space.kind === "multiBinary" ? 1 : space.counts[j] - 1;
    if (Number.isInteger(observation[j]) && observation[j] >= 0 && observation[j] <= last) continue;
    return `observation[${j}] is ${observation[j]}, but must be a whole number of 0..${last}`;
  }
  return null;
}

/** What is wrong with the rest of a step's result. */
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

/** "a string", "undefined", "an array": for messages. */
export function typeName(x: unknown): string {
  if (x === null || x === undefined) return String(x);
  if (Array.isArray(x)) return "an array";
  if (typeof x === "object") return x.constructor?.name ? `a ${x.constructor.name}` : "an object";
  return `a ${typeof x}`;
}

const describeValue = (x: unknown): string =>
  typeof x === "number" || typeof x === "string" ? JSON.stringify(x) : typeName(x);
