// The parts that an environment must have: users write them in plain JavaScript.
import { InputError } from "../errors.ts";
import { describeSpace, maskSize, spaceProblem, type Space } from "../spaces/index.ts";
import { describedValue, messageOf, typeName } from "../text/values.ts";
import type { AsyncEnv } from "./env.ts";

/**
 * `x` as an environment, if it has the required parts; checkEnv checks the rest.
 *
 * @throws InputError that tells what is missing or malformed
 */
export function assertEnv(x: unknown, where: string): AsyncEnv {
  const problems = problemsOf(x);
  if (problems.length > 0) throw new InputError(`${where} is not an environment: ${problems.join("; ")}`);
  return x as AsyncEnv;
}

function problemsOf(x: unknown): string[] {
  try {
    return envShapeProblems(x);
  } catch (error) {
    return [`it cannot be read: ${messageOf(error)}`]; // a getter or a proxy that throws
  }
}

const isPromise = (x: object): boolean => "then" in x && typeof x.then === "function";

/** The required parts of an environment that are missing or malformed, as sentences. */
export function envShapeProblems(x: unknown): string[] {
  if (typeof x === "function")
    return ["it is a function: call it, or make one of the class, and give what that returns"];
  if (typeof x !== "object" || x === null) {
    return [`it is ${typeName(x)}, but must be an object with spaces, reset and step`];
  }
  if (isPromise(x)) return ["it is a promise: await it first, as in await makeEnv(id)"];
  const env = x as Record<string, unknown>;
  const problems: string[] = [];
  for (const name of ["observationSpace", "actionSpace"]) {
    const problem = spaceProblem(env[name]);
    if (problem) problems.push(`${name} ${problem}`);
  }
  for (const name of ["reset", "step"]) {
    if (typeof env[name] !== "function") problems.push(`${name} is ${typeName(env[name])}, but must be a function`);
  }
  for (const name of ["getState", "setState", "actionMask", "draw", "close"]) {
    const part = env[name];
    if (part !== undefined && typeof part !== "function")
      problems.push(`${name} is ${typeName(part)}, but must be a function`);
  }
  for (const name of ["adapts", "stepsInPlace"]) {
    const part = env[name];
    if (part !== undefined && typeof part !== "boolean")
      problems.push(`${name} is ${describedValue(part)}, but must be true or false`);
  }
  if (problems.length === 0 && env.actionMask !== undefined && maskSize(env.actionSpace as Space) === 0) {
    const space = describeSpace(env.actionSpace as Space);
    problems.push(
      `it has an actionMask, which is for Discrete and MultiDiscrete actions, but its action space is ${space}`,
    );
  }
  if ((env.getState === undefined) !== (env.setState === undefined)) {
    const [there, missing] = env.getState === undefined ? ["setState", "getState"] : ["getState", "setState"];
    problems.push(`it has ${there}, but no ${missing}: both or neither`);
  }
  if (env.adapts === true && env.getState === undefined) problems.push("it adapts, but has no getState and setState");
  return problems;
}
