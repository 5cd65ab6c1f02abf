// Makes an environment from an id, a factory or a module.
import { InputError } from "../errors.ts";
import { plainOptions } from "../text/plain-options.ts";
import { messageOf, valueText } from "../text/values.ts";
import { callFactory } from "./call-factory.ts";
import type { AsyncEnv, Env, EnvSpec } from "./env.ts";
import type { EnvModule, EnvOf, EnvSource } from "./env-source.ts";
import { assertEnv } from "./env-shape.ts";
import { findSpec, isBuiltIn } from "./registry.ts";
import { timeLimit } from "./wrappers/time-limit.ts";

/**
 * Makes an environment, wrapped in the time limit of its spec.
 *
 * @param source an id ("CartPole-v1"), a factory, or `{ module, export, options }`. The export is a function or a
 *   class, which gets the options, or an environment (of which there is then only one).
 * @param options of the environment. An id also accepts options of wrappers: `maxEpisodeSteps`, a different time limit or
 *   null for none, and, in this order from the inside, `rescaleAction: [low, high]`, `clipAction: true` and
 *   `frameStack: n`.
 * @param maxEpisodeSteps truncates episodes of any source after so many steps; of an id it stands in the place of its
 *   own limit. Default: null, as they are
 * @throws InputError on an unknown id, a module that does not load, or something that is not an environment
 */
export function makeEnv<const Source extends EnvSource>(
  source: Source,
  options?: Record<string, unknown>,
  maxEpisodeSteps?: number | null,
): Promise<EnvOf<Source>>;
export async function makeEnv(
  source: EnvSource,
  options: Record<string, unknown> = {},
  maxEpisodeSteps: number | null = null,
): Promise<AsyncEnv> {
  const given = plainOptions(options, "the environment's options");
  if (typeof source === "string")
    return makeById(source, maxEpisodeSteps === null ? given : { ...given, maxEpisodeSteps });
  if (!isEnvSource(source)) throw new InputError(notASource(source));
  const env =
    typeof source === "function"
      ? assertEnv(await callFactory(source, given), "the factory's result")
      : await (await import("./from-module.ts")).makeFromModule(source, given);
  return maxEpisodeSteps === null ? env : limited(env, maxEpisodeSteps);
}

/** What is wrong with a value that no environment is made from. */
export const notASource = (x: unknown): string =>
  isEnvLike(x)
    ? "an environment that is made already is one alone, and others must be made like it: give a function that makes " +
      "one, as () => snake()"
    : `an environment is an id, a factory or { module }, not ${valueText(x)}`;

/** Whether `x` has what is called of an environment. */
function isEnvLike(x: unknown): boolean {
  try {
    const { reset, step } = x as Env;
    return typeof reset === "function" && typeof step === "function";
  } catch {
    return false; // null, a getter or a proxy that throws
  }
}

const limits = new WeakMap<AsyncEnv, AsyncEnv>();

/** With a time limit; of one environment always the same object, so that it is known where it is given twice. */
function limited(env: AsyncEnv, maxEpisodeSteps: number): AsyncEnv {
  const known = limits.get(env) ?? timeLimit(env, maxEpisodeSteps);
  limits.set(env, known);
  return known;
}

/** Whether `x` is what an environment is made from; what it leads to is seen when it is made. */
export const isEnvSource = (x: unknown): x is EnvSource =>
  typeof x === "string" || typeof x === "function" || isEnvModule(x);

function isEnvModule(x: unknown): x is EnvModule {
  try {
    if (typeof x !== "object" || x === null) return false;
    const { module, export: name, options } = x as Partial<Record<keyof EnvModule, unknown>>;
    const isUrl = typeof module === "string" || Object.prototype.toString.call(module) === "[object URL]";
    return isUrl && typeof (name ?? "") === "string" && typeof (options ?? {}) === "object";
  } catch {
    return false; // a getter or a proxy that throws
  }
}

/** A readable name of an environment, for messages and logs. */
export function envName(source: EnvSource): string {
  if (typeof source === "string") return source;
  if (typeof source === "function") return factoryName(source);
  const { module, export: name = "default" } = source;
  const file = String(module)
    .replace(/[?#].*$/, "")
    .replace(/^.*[/\\]/, "");
  return name === "default" ? file : `${file}#${name}`;
}

/** Names that a function has from where it stands, and that say nothing. */
const namesOfPlaces = ["", "env", "default", "make", "factory"];

/** A function's own name; of `() => snake({ size: 9 })` and `() => new Snake()` that of what is called. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- a factory or a class
function factoryName(factory: Function): string {
  if (!namesOfPlaces.includes(factory.name)) return factory.name;
  const text = Function.prototype.toString.call(factory);
  const [, called] = /^(?:async\s*)?\(\)\s*=>\s*(?:new\s+)?(?:[\w$]+\.)*([\w$]+)\([^()]*\)$/.exec(text) ?? [];
  return called === undefined || called === "makeEnv" ? "custom environment" : called;
}

async function makeById(id: string, options: Record<string, unknown>): Promise<AsyncEnv> {
  const { maxEpisodeSteps, rescaleAction: bounds, clipAction: clips, frameStack: frames, ...own } = options;
  const spec = findSpec(id) ?? (await import("./env-spec.ts")).envSpec(id); // throws
  let env = assertEnv(await make(spec, own), id);
  const limit = maxEpisodeSteps === undefined ? spec.maxEpisodeSteps : maxEpisodeSteps;
  if (limit !== undefined && limit !== null) env = timeLimit(env, limit as number);
  if ([bounds, clips, frames].every((option) => option === undefined)) return env;
  const { wrapped } = await import("./wrapped.ts");
  return wrapped(env, id, { bounds, clips, frames });
}

/** What a built-in environment does not expect of an option that it was given is a wrong option. */
async function make({ id, make }: EnvSpec, options: Record<string, unknown>): Promise<unknown> {
  try {
    return await make(options);
  } catch (error) {
    if (error instanceof InputError || !isBuiltIn(id) || Object.keys(options).length === 0) throw error;
    throw new InputError(`${id} cannot be made with the options ${valueText(options)}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
