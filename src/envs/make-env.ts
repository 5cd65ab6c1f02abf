// Makes an environment from an id, a factory or a module.
import { InputError } from "../errors.ts";
import { describeSpace, maskSize, spaceProblem, type Bound, type Space } from "../spaces/index.ts";
import { messageOf, typeName } from "../text/values.ts";
import type { Env, EnvModule, EnvSource, Observation } from "./env.ts";
import { envSpec } from "./registry.ts";
import { clipAction } from "./wrappers/clip-action.ts";
import { frameStack } from "./wrappers/frame-stack.ts";
import { rescaleAction } from "./wrappers/rescale-action.ts";
import { timeLimit } from "./wrappers/time-limit.ts";

/**
 * Makes an environment, wrapped in the time limit of its spec.
 *
 * @param source an id ("CartPole-v1"), a factory, or `{ module, export, options }`. The export is a function or a
 *   class, which gets the options, or an environment (of which there is then only one).
 * @param options of the environment. An id also accepts options of wrappers: `maxEpisodeSteps`, a different time limit or
 *   null for none, and, in this order from the inside, `rescaleAction: [low, high]`, `clipAction: true` and
 *   `frameStack: n`.
 * @throws InputError on an unknown id, a module that does not load, or something that is not an environment
 */
export async function makeEnv(source: EnvSource, options: Record<string, unknown> = {}): Promise<Env> {
  if (typeof source === "string") return makeById(source, options);
  if (typeof source === "function") return assertEnv(await callFactory(source, options), "the factory's result");
  if (typeof source === "object" && source !== null && "module" in source) return makeFromModule(source, options);
  throw new InputError(`an environment is an id, a factory or { module }, not ${JSON.stringify(source)}`);
}

/** A readable name of an environment, for messages and logs. */
export function envName(source: EnvSource): string {
  if (typeof source === "string") return source;
  if (typeof source === "function") return source.name || "custom environment";
  const { module, export: name = "default" } = source;
  const file = String(module)
    .replace(/[?#].*$/, "")
    .replace(/^.*[/\\]/, "");
  return name === "default" ? file : `${file}#${name}`;
}

async function makeById(id: string, options: Record<string, unknown>): Promise<Env> {
  const { maxEpisodeSteps, rescaleAction: bounds, clipAction: clips, frameStack: frames, ...own } = options;
  const spec = envSpec(id);
  let env = assertEnv(await spec.make(own), id);
  const limit = maxEpisodeSteps === undefined ? spec.maxEpisodeSteps : maxEpisodeSteps;
  if (limit !== undefined && limit !== null) env = timeLimit(env, limit as number);
  if (isAsked(bounds)) {
    if (!Array.isArray(bounds) || bounds.length !== 2) {
      throw new InputError(`${id}: option "rescaleAction" is ${JSON.stringify(bounds)}, but must be [low, high]`);
    }
    env = rescaleAction(env as Env<Observation, Float32Array>, bounds[0] as Bound, bounds[1] as Bound);
  }
  if (isAsked(clips)) {
    if (clips !== true)
      throw new InputError(`${id}: option "clipAction" is ${JSON.stringify(clips)}, but must be a boolean`);
    env = clipAction(env as Env<Observation, Float32Array>);
  }
  return isAsked(frames) ? frameStack(env, frames as number) : env;
}

const isAsked = (option: unknown): boolean => option !== undefined && option !== null && option !== false;

async function makeFromModule(source: EnvModule, options: Record<string, unknown>): Promise<Env> {
  const url = String(source.module);
  if (/^\.\.?[/\\]/.test(url)) {
    throw new InputError(
      `environment module "${url}" is a relative path: give its URL, new URL(${JSON.stringify(url)}, import.meta.url)`,
    );
  }
  const name = source.export ?? "default";
  let exports: Record<string, unknown>;
  try {
    exports = (await import(/* @vite-ignore */ url)) as Record<string, unknown>;
  } catch (error) {
    throw new InputError(`cannot load environment module "${url}": ${messageOf(error)}${hint(error)}`, {
      cause: error,
    });
  }
  if (!(name in exports)) {
    const others = Object.keys(exports).join(", ") || "nothing";
    const wanted = name === "default" ? "no default export" : `no export "${name}"`;
    throw new InputError(`environment module "${url}" has ${wanted}; it exports: ${others}`);
  }
  const where = `export "${name}" of "${url}"`;
  const exported = exports[name];
  const made = typeof exported === "function" ? callFactory(exported, { ...source.options, ...options }) : exported;
  return assertEnv(await made, where);
}

/** Calls a factory, or makes an object of a class. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- what a user's module exports
function callFactory(factory: Function, options: Record<string, unknown>): unknown {
  const isClass = typeof (factory.prototype as Env | undefined)?.step === "function";
  return isClass ? Reflect.construct(factory, [options]) : Reflect.apply(factory, undefined, [options]);
}

/** `x` as an environment, if it has the required parts; checkEnv checks the rest. */
function assertEnv(x: unknown, where: string): Env {
  const problems = envShapeProblems(x);
  if (problems.length > 0) throw new InputError(`${where} is not an environment: ${problems.join("; ")}`);
  return x as Env;
}

/** The required parts of an environment that are missing or malformed, as sentences. */
export function envShapeProblems(x: unknown): string[] {
  if (typeof x !== "object" || x === null) {
    return [`it is ${typeName(x)}, but must be an object with spaces, reset and step`];
  }
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

/** What to do if the module does not find this package; the sentence is Node's. */
const hint = (error: unknown): string =>
  /Cannot find (package|module) 'polgrad'/.test(messageOf(error))
    ? "\nThe file must lie in a project where polgrad is installed (npm install polgrad)."
    : "";
