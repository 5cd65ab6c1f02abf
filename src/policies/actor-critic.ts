// A policy and its value function on one engine: what every algorithm trains, and what a user acts with.

import { InputError } from "../errors.ts";
import { createGenerator, type Generator, type SeedSequence } from "../random/index.ts";
import { contains, describeSpace, encode, flatSize, type Space } from "../spaces/index.ts";
import type { Action, Observation } from "../envs/index.ts";
import {
  exp,
  formatShape,
  input,
  type Engine,
  type Program,
  type Shape,
  type Tensor,
  type Variable,
} from "../tensor/index.ts";
import { categorical, modeIndex, sampleIndex, type Distribution } from "./categorical.ts";
import type { Parameter } from "./layers.ts";
import { standardize, type Moments } from "./moments.ts";
import { mlp, type CreateNetworks, type MlpOptions, type Networks } from "./networks.ts";

/** A trained (or training) policy, as a user acts with it. */
export interface Policy {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /**
   * The action for one observation of the environment (not normalized: the policy does that): sampled from π(·|s), or its
   * mode if `deterministic` (default false).
   *
   * @throws InputError when the observation is not one of the observation space
   */
  act(observation: Observation, options?: { deterministic?: boolean }): Action;
  /** V(s), the critic's estimate of the discounted return from the observation on (of normalized rewards, if they were). */
  value(observation: Observation): number;
  /** π(·|s) of all actions, in the order of the action space. */
  probabilities(observation: Observation): Float32Array;
  /** Fixes the numbers that `act` draws. */
  seed(seed: number): void;
}

export interface ActorCritic extends Policy {
  readonly engine: Engine;
  readonly architecture: MlpOptions | "custom";
  readonly parameters: readonly Parameter[];
  readonly actorVariables: readonly Variable[];
  readonly criticVariables: readonly Variable[];
  /** Numbers per encoded observation. */
  readonly observationSize: number;
  /** Number of actions. */
  readonly actionCount: number;
  /** Moments of the observations, where they are normalized. */
  readonly normalizer: Moments | undefined;
  /** Observations as the network sees them [rows, observationSize] → π and V [rows]. */
  forward(observations: Tensor): { distribution: Distribution; value: Tensor };
}

export interface ActorCriticOptions {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** Multilayer perceptrons of these options (default), or networks of your own. */
  readonly networks?: MlpOptions | CreateNetworks;
  /** Where the initial weights and `act` come from. */
  readonly seed: SeedSequence;
  readonly normalizer?: Moments;
}

export function createActorCritic(engine: Engine, options: ActorCriticOptions): ActorCritic {
  const { observationSpace, actionSpace, networks: choice = {}, seed, normalizer } = options;
  if (actionSpace.kind !== "discrete")
    throw new InputError(
      `a policy needs a discrete action space so far, and this one is ${describeSpace(actionSpace)}`,
    );
  const observationSize = flatSize(observationSpace);
  const actionCount = actionSpace.n;
  const create = typeof choice === "function" ? choice : mlp(choice);
  const networks = create({ observations: observationSize, outputs: actionCount });
  const parameters = parametersOf(networks);
  let generator = createGenerator(seed);
  for (const p of parameters) engine.write(p.variable, p.initialize(generator));

  const forward = (observations: Tensor) => {
    const { policy, value } = networks.forward(observations);
    assertShape("policy", policy, ["rows", actionCount]);
    assertShape("value", value, ["rows"]);
    return { distribution: categorical(policy), value };
  };

  let actor: Actor | undefined;
  const raw = new Float32Array(observationSize);
  const evaluate = (observation: Observation): Actor => {
    if (!contains(observationSpace, observation))
      throw new InputError(
        `the observation ${describeValue(observation)} is not in ${describeSpace(observationSpace)}`,
      );
    actor ??= createActor(policy, 1);
    encode(observationSpace, observation, raw);
    if (normalizer) standardize(normalizer, raw, 1, raw);
    actor.run(raw, 1);
    return actor;
  };

  const policy: ActorCritic = {
    engine,
    observationSpace,
    actionSpace,
    architecture: typeof choice === "function" ? "custom" : choice,
    parameters,
    actorVariables: networks.actor.map((p) => p.variable),
    criticVariables: networks.critic.map((p) => p.variable),
    observationSize,
    actionCount,
    normalizer,
    forward,
    act(observation, { deterministic = false } = {}) {
      const { probabilities } = evaluate(observation);
      const index = deterministic
        ? modeIndex(probabilities, 0, actionCount)
        : sampleIndex(probabilities, 0, actionCount, generator);
      return actionSpace.start + index;
    },
    value: (observation) => evaluate(observation).values[0]!,
    probabilities: (observation) => evaluate(observation).probabilities.slice(),
    seed(value) {
      generator = createGenerator(value);
    },
  };
  return policy;
}

/** @throws InputError where one of the two has none, as when all are listed as the actor's, or a name stands for two */
function parametersOf(networks: Networks): Parameter[] {
  for (const part of ["actor", "critic"] as const)
    if (!(networks?.[part]?.length > 0))
      throw new InputError(`the networks have no ${part} parameters: { actor, critic, forward } lists those of each`);
  const parameters = [...networks.actor, ...networks.critic];
  const names = parameters.map((p) => p.variable.name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new InputError(`the networks have two parameters "${twice}"`);
  return parameters;
}

/** Networks of a user's own may have any form, but what comes out of them has one. */
function assertShape(what: string, tensor: Tensor | undefined, shape: Shape): void {
  const actual = tensor?.shape ? formatShape(tensor.shape) : String(tensor);
  if (actual !== formatShape(shape))
    throw new InputError(`the networks' ${what} has the shape ${actual}, but must have ${formatShape(shape)}`);
}

const describeValue = (x: unknown): string =>
  typeof x === "object" && x !== null && "length" in x
    ? `[${Array.from(x as ArrayLike<number>).join(", ")}]`
    : String(x);

/** π and V for up to `rows` observations at a time, read into arrays that are overwritten by each run. */
export interface Actor {
  /** [rows, actionCount] */
  readonly logProbs: Float32Array;
  /** [rows, actionCount] */
  readonly probabilities: Float32Array;
  /** [rows] */
  readonly values: Float32Array;
  /** Evaluates `rows` observations [rows, observationSize], as the network sees them. */
  run(observations: Float32Array, rows: number): void;
  /** V alone of `rows` observations, into `out`. */
  runValues(observations: Float32Array, rows: number, out: Float64Array): void;
  /** Draws an action index for row `row` of the last run. */
  sample(row: number, generator: Generator): number;
}

export function createActor(policy: ActorCritic, rows: number): Actor {
  const observations = input("observations", ["rows", policy.observationSize]);
  const { distribution, value } = policy.forward(observations);
  const { logProbs } = distribution;
  const program = policy.engine.compile(
    { outputs: { logProbs, probabilities: exp(logProbs), value } },
    { capacity: rows },
  );
  let valueProgram: Program | undefined;
  const n = policy.actionCount;
  const values = new Float32Array(rows);
  const probabilities = new Float32Array(rows * n);
  const actor: Actor = {
    logProbs: new Float32Array(rows * n),
    probabilities,
    values,
    run(batch, count) {
      program.write("observations", batch, count * policy.observationSize);
      program.run(count);
      program.read("logProbs", actor.logProbs);
      program.read("probabilities", probabilities);
      program.read("value", values);
    },
    runValues(batch, count, out) {
      valueProgram ??= policy.engine.compile({ outputs: { value } }, { capacity: rows });
      valueProgram.write("observations", batch, count * policy.observationSize);
      valueProgram.run(count);
      valueProgram.read("value", values);
      for (let i = 0; i < count; i++) out[i] = values[i]!;
    },
    sample: (row, generator) => sampleIndex(probabilities, row * n, n, generator),
  };
  return actor;
}
