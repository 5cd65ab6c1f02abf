// What an environment is made from, and what its type then is.
import type { Action, AsyncEnv, Env, Observation } from "./env.ts";

/**
 * The environments that come with polgrad, by id: their observations and actions as types. Some options change an
 * environment's actions: LunarLander-v3 takes throttles instead of switches where it is `continuous`.
 */
export interface BuiltinEnvs {
  "CartPole-v1": Env<Float32Array, number>;
  "LunarLander-v3": Env<Float32Array, number | Float32Array>;
  "LunarLanderContinuous-v3": Env<Float32Array, Float32Array>;
  "Pendulum-v1": Env<Float32Array, Float32Array>;
  "Acrobot-v1": Env<Float32Array, number>;
  "MountainCar-v0": Env<Float32Array, number>;
  "MountainCarContinuous-v0": Env<Float32Array, Float32Array>;
  "FrozenLake-v1": Env<number, number>;
  "FrozenLake8x8-v1": Env<number, number>;
  "CliffWalking-v1": Env<number, number>;
  "CliffWalkingSlippery-v1": Env<number, number>;
  "TwoStep-v0": Env<number, number>;
  "Terraces-v0": Env<number, number>;
  "BipedalWalker-v3": Env<Float32Array, Float32Array>;
  "BipedalWalkerHardcore-v3": Env<Float32Array, Float32Array>;
}

/** The name of an environment: a built-in one, which editors complete, or one of `registerEnv`. */
export type EnvId = keyof BuiltinEnvs | (string & {});

/** An environment in a module: its default export or a named one; a function or class is called with `options`. */
export interface EnvModule {
  /** An absolute URL, or a bare package name. */
  module: string | URL;
  /** Name of the export. Default "default". */
  export?: string;
  /** Passed to the export. Default {}. */
  options?: Record<string, unknown>;
}

/** A function that makes an environment, or a class of them; either is given the environment's options. */
export type EnvFactory = (() => AsyncEnv | Promise<AsyncEnv>) | (new () => AsyncEnv);

/** What an environment is made from: an id, a factory (which workers and resumed runs cannot use), or a module. */
export type EnvSource = EnvId | EnvFactory | EnvModule;

/**
 * The type of the environment that a source makes, as far as types tell: of a factory what it returns, of a built-in id
 * its own, of an environment itself; of other ids and of modules the general one. Where it may be anything, the environment
 * may be one that answers later.
 */
export type EnvOf<Source> = [Source] extends [keyof BuiltinEnvs]
  ? Env<Seen<BuiltinEnvs[Source]>, Done<BuiltinEnvs[Source]>>
  : [Source] extends [(() => infer Made) | (new () => infer Made)]
    ? Awaited<Made>
    : [Source] extends [Pick<Env, "actionSpace">]
      ? Source
      : [Source] extends [EnvId | EnvModule]
        ? Env
        : AsyncEnv;

/** The observations of what a source makes: see {@link EnvOf}. */
export type ObservationOf<Source> = Seen<EnvOf<Source>>;

/** The actions that it takes. */
export type ActionOf<Source> = Done<EnvOf<Source>>;

// Of an environment, also one whose methods return promises; of several, of all of them.
type Seen<E> = E extends { reset(seed?: number): infer Begun }
  ? Awaited<Begun> extends { observation: infer O }
    ? O
    : Observation
  : Observation;
type Done<E> = E extends { step(action: infer A, ...more: never[]): unknown }
  ? A extends Action
    ? A
    : Action
  : Action;
