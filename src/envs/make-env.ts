// Makes an environment from an id, a factory or a module.
import { InputError } from "../errors.ts";
import type { Bound } from "../spaces/index.ts";
import { inOneLine } from "../text/printable.ts";
import { plainOptions } from "../text/plain-options.ts";
import { isList, messageOf, shortened, valueText } from "../text/values.ts";
import type { AsyncEnv, Env, EnvSpec, Observation } from "./env.ts";
import type { EnvModule, EnvOf, EnvSource } from "./env-source.ts";
import { assertEnv } from "./env-shape.ts";
import { moduleAddress } from "./module-address.ts";
import { envSpec, isBuiltIn } from "./registry.ts";
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
      : await makeFromModule(source, given);
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
  const spec = envSpec(id);
  let env = assertEnv(await make(spec, own), id);
  const limit = maxEpisodeSteps === undefined ? spec.maxEpisodeSteps : maxEpisodeSteps;
  if (limit !== undefined && limit !== null) env = timeLimit(env, limit as number);
  if (isAsked(bounds)) {
    if (!isList(bounds) || (bounds as unknown[]).length !== 2) {
      throw new InputError(`${id}: option "rescaleAction" is ${valueText(bounds)}, but must be [low, high]`);
    }
    env = rescaleAction(env as AsyncEnv<Observation, Float32Array>, (bounds as Bound[])[0], (bounds as Bound[])[1]);
  }
  if (isAsked(clips)) {
    if (clips !== true)
      throw new InputError(`${id}: option "clipAction" is ${valueText(clips)}, but must be a boolean`);
    env = clipAction(env as AsyncEnv<Observation, Float32Array>);
  }
  return isAsked(frames) ? frameStack(env, frames as number) : env;
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

const isAsked = (option: unknown): boolean => option !== undefined && option !== null && option !== false;

async function makeFromModule(source: EnvModule, options: Record<string, unknown>): Promise<AsyncEnv> {
  const url = moduleAddress(source.module);
  const name = source.export ?? "default";
  let exports: Record<string, unknown>;
  try {
    exports = (await import(/* @vite-ignore */ /* webpackIgnore: true */ /* turbopackIgnore: true */ url)) as Record<
      string,
      unknown
    >;
  } catch (error) {
    throw new InputError(
      `cannot load environment module "${shortened(url)}": ${shortened(messageOf(error), 1000)}${hint(error)}`,
      {
        cause: error,
      },
    );
  }
  if (!(name in exports)) {
    const others = Object.keys(exports).join(", ") || "nothing";
    const wanted = name === "default" ? "no default export" : `no export "${inOneLine(name)}"`;
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
  const hasStep = typeof (factory.prototype as Env | undefined)?.step === "function";
  // Of a class whose methods are fields, its source alone tells.
  const isClass = hasStep || /^class\b/.test(Function.prototype.toString.call(factory));
  return isClass ? Reflect.construct(factory, [options]) : Reflect.apply(factory, undefined, [options]);
}

/** What to do if the module does not find this package, or is not JavaScript; the sentences are Node's. */
function hint(error: unknown): string {
  const message = messageOf(error);
  if (/Cannot find (package|module) 'polgrad'/.test(message))
    return "\nThe file must lie in a project where polgrad is installed (npm install polgrad).";
  if (/Unknown file extension "\.[cm]?tsx?"/.test(message))
    return (
      "\nThis Node reads no TypeScript: compile the file (npx tsc) and name the .js, or use Node 22.18 or newer. On one " +
      'thread it also works by tsx: npm install tsx, then NODE_OPTIONS="--import tsx" npx polgrad …'
    );
  return "";
}
