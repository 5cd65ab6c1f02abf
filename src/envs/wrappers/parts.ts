// What wrappers have in common: passing on the parts of an environment that they do not change.
import { InputError } from "../../errors.ts";
import { describeSpace, type Box } from "../../spaces/index.ts";
import type { AsyncEnv, Env, Step } from "../env.ts";
import { assertEnv } from "../env-shape.ts";

/**
 * All parts of `env`, of the optional ones those that it has. A wrapper replaces what it changes; whether it steps in
 * place ({@link inPlaceAs}), and whether tables still hold ({@link tablesOf}), is its own to say.
 */
export function partsOf<O, A>(env: AsyncEnv<O, A>): AsyncEnv<O, A> {
  return {
    observationSpace: env.observationSpace,
    actionSpace: env.actionSpace,
    reset: (seed) => env.reset(seed),
    step: (action, out) => env.step(action, out),
    ...(env.adapts && { adapts: true }),
    ...(env.actionMask && { actionMask: () => env.actionMask!() }),
    ...(env.draw && { draw: () => env.draw!() }),
    ...stateWith(env, {
      save: (inner) => inner,
      load: (state) => state,
    }),
    close: () => env.close?.(),
  };
}

/** The tables of `env`, if it has any: for wrappers that change neither observations nor actions nor rewards. */
export const tablesOf = ({ mdp }: Pick<Env, "mdp">): Pick<Env, "mdp"> => (mdp ? { mdp } : {});

/**
 * `wrapper`, which steps in place if `env` does: for one that keeps no action and writes all of `out`. Spreading it,
 * `{ ...wrapper, step }`, does not promise the same of another `step`.
 */
export const inPlaceAs = <O, A>(env: { readonly stepsInPlace?: boolean }, wrapper: AsyncEnv<O, A>): AsyncEnv<O, A> =>
  env.stepsInPlace === true ? Object.defineProperty(wrapper, "stepsInPlace", { value: true }) : wrapper;

/**
 * getState and setState of a wrapper, if `env` has them.
 *
 * @param own `save` combines the state of `env` with that of the wrapper; `load` restores that of the wrapper and
 *   returns that of `env`
 */
export function stateWith<S>(
  env: Pick<AsyncEnv, "getState" | "setState">,
  own: { save(inner: unknown): S; load(state: S): unknown },
): Pick<AsyncEnv, "getState" | "setState"> {
  if (!env.getState || !env.setState) return {};
  return {
    getState: () => own.save(env.getState!()),
    setState: (state) => env.setState!(own.load(state as S)),
  };
}

/** What a wrapper was given. @throws InputError if it is no environment */
export const wrappedEnv = (env: unknown, wrapper: string): AsyncEnv => assertEnv(env, `what ${wrapper} was given`);

/** `result` with another observation: in `out` if given, otherwise in a fresh object. */
export function withObservation<O>(result: Step<unknown>, observation: O, out: Step<O> | undefined): Step<O> {
  if (!out) return { ...result, observation };
  out.observation = observation;
  out.reward = result.reward;
  out.terminated = result.terminated;
  out.truncated = result.truncated;
  out.info = result.info;
  return out;
}

/**
 * A space of an environment as the Box that a wrapper needs.
 *
 * @throws InputError if it is not a Box, or `env` is no environment
 */
export function boxOf(env: unknown, wrapper: string, what: "observations" | "actions"): Box {
  const { observationSpace, actionSpace } = wrappedEnv(env, wrapper);
  const space = what === "actions" ? actionSpace : observationSpace;
  if (space.kind === "box") return space;
  throw new InputError(`${wrapper} is for environments whose ${what} are a Box, but these are ${describeSpace(space)}`);
}
