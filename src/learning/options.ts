// Options of algorithms: building blocks, each with a default, a range and a meaning, and groups that an algorithm takes
// or leaves.

import { gaussianKinds } from "../distributions/index.ts";
import { schedules, tableProblem, type Schedule, type ScheduleTable } from "../optimizers/index.ts";
import type { Option, OptionsSchema, ValueSchema } from "./option-schema.ts";

/** The schema of an algorithm's options. */
export const schema = <Shape extends Readonly<Record<string, Option>>>(shape: Shape): OptionsSchema<Shape> => ({
  shape,
});

/** A value of some kind that may be left out. */
const option = <T>(schema: ValueSchema, value: T, meaning: string): Option<T> => ({
  ...schema,
  default: value,
  description: meaning,
});

/** A whole number of at least 1. */
export const count = (value: number, meaning: string, most?: number) =>
  option({ type: "integer", minimum: 1, ...(most !== undefined && { maximum: most }) }, value, meaning);
/** A number above 0. */
export const positive = (value: number, meaning: string) =>
  option({ type: "number", exclusiveMinimum: 0 }, value, meaning);
/** A number of at least 0. */
export const nonNegative = (value: number, meaning: string) => option({ type: "number", minimum: 0 }, value, meaning);
/** A number from 0 to 1. */
export const fraction = (value: number, meaning: string) =>
  option({ type: "number", minimum: 0, maximum: 1 }, value, meaning);
/** A number above 0 and at most 1. */
export const share = (value: number, meaning: string) =>
  option({ type: "number", exclusiveMinimum: 0, maximum: 1 }, value, meaning);
/** A number above 0 and below 1. */
export const factor = (value: number, meaning: string) =>
  option({ type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }, value, meaning);
/** true or false. */
export const flag = (value: boolean, meaning: string) => option({ type: "boolean" }, value, meaning);
/** One of several words. */
export const choice = <const Values extends readonly [string, ...string[]]>(
  values: Values,
  value: Values[number],
  meaning: string,
) => option<Values[number]>({ type: "string", enum: values }, value, meaning);
/** A schedule as a table. */
const scheduleTable: ValueSchema = {
  type: "object",
  additionalProperties: { type: "number", minimum: 0 },
  problem(table) {
    const problem = tableProblem(table as ScheduleTable);
    return problem === null ? undefined : `the table ${problem}`;
  },
  words: 'a table of factors by the share of the run done, as {"0":1,"0.5":0.1,"1":0}',
};
/** How a coefficient changes over the run; `more` are words for further ways. */
export const schedule = <const More extends readonly string[] = []>(
  value: Schedule,
  meaning: string,
  more = [] as unknown as More,
) => option<Schedule | More[number]>({ anyOf: [{ type: "string", enum: [...schedules, ...more] }, scheduleTable] }, value, meaning); // prettier-ignore

// What several algorithms say in the same words.

/** Threads, which change how long a run takes and nothing else. */
export const workers = () =>
  option(
    { type: "integer", minimum: 0 },
    0,
    "threads that step environments and compute gradients; what they learn does not depend on it. " +
      "0: one, which others help with gradients where that is faster",
  );
/** Steps of a rollout in each environment. */
export const rolloutSteps = (value: number) => count(value, "steps per environment between updates");
/** λ of generalized advantage estimation. */
export const lambda = (value: number) =>
  fraction(value, "λ of generalized advantage estimation: 0 is TD(0), 1 Monte Carlo");
/** How the learning rate changes over the run. */
export const learningRateSchedule = (value: Schedule) => schedule(value, "how the learning rate changes over the run");
/** An optimizer by name; `more` is appended to its description. */
export const optimizer = (value: "adam" | "rmsprop" | "sgd", more = "") =>
  choice(["adam", "rmsprop", "sgd"], value, `adam, rmsprop or sgd${more}`);
/** c_v, the weight of the value loss. */
export const valueCoefficient = (value: number) =>
  nonNegative(value, "weight of ½(V − R̂)² in the joint loss; Stable-Baselines3's 0.5 is 1 here");
/** The bound of the gradient's norm. */
export const maxGradientNorm = (value: number) =>
  positive(value, "the norm of all gradients together is clipped to this");
/** ε of Adam. */
export const adamEpsilon = (value: number) => positive(value, "Adam's ε");
/** Whether advantages are standardized, and over what. */
export const normalizeAdvantages = (value: boolean, where: string) =>
  flag(value, `advantages of mean 0 and deviation 1 in each ${where}`);
/** Whether updates are weighted by γᵗ. */
export const discountTime = () => flag(false, "weigh step t by γᵗ, as the gradient of the discounted return asks");

// Groups.

/** Rewards that come over time, and are scaled if asked for. */
const rewards = {
  gamma: fraction(0.99, "discount γ of future rewards"),
  entropyCoefficient: nonNegative(0, "weight of the entropy bonus c_H·E[Ĥ(π)]"),
  normalizeObservations: flag(
    true,
    "standardize the observations of a Box by their moments, clipped at ±10; the moments are part of the policy",
  ),
  normalizeRewards: flag(true, "divide rewards by the deviation of the discounted return, clipped at ±10"),
};

/** A policy and a value function made of multilayer perceptrons. */
const networks = {
  hidden: option<number[]>(
    { type: "array", items: { type: "integer", minimum: 1, maximum: 1024 }, maxItems: 2000 },
    [64, 64],
    "sizes of the hidden layers; use networks of your own for larger ones",
  ),
  activation: choice(["tanh", "relu"], "tanh", "activation of the hidden layers"),
  gaussian: choice(
    gaussianKinds,
    "scaled",
    "how a draw u becomes an action in finite bounds: clipped, u itself; scaled, center + half-width · u, clipped; " +
      "squashed, center + half-width · tanh(u)",
  ),
  logStd: choice(
    ["parameter", "network"],
    "parameter",
    "log σ of a Gaussian policy: a parameter that does not depend on the state, or an output of the network",
  ),
  initialLogStd: option({ type: "number", minimum: -10, maximum: 10 }, 0, "log σ of a Gaussian policy at the start"),
};

/** Of every algorithm that plays. */
export const playing = { ...rewards, ...networks };

/** Of those that train policy and value jointly. */
export const sharedTrunk = { sharedTrunk: flag(false, "one trunk for policy and value, instead of two networks") };

/** Of those that train a policy with a memory. */
export const memory = {
  memory: choice(
    ["none", "gru"],
    "none",
    "a recurrent policy: a gated recurrent unit after the hidden layers; minibatches are then whole sequences",
  ),
  memorySize: count(64, "numbers that the recurrent unit remembers", 1024),
};

/** Of those that can be steered by the KL divergence: see `createKlControl`. */
export const klControl = {
  klPenalty: choice(
    ["none", "adaptive"],
    "none",
    "adaptive: the loss has a term β·KL(π_old ‖ π), whose β follows desiredKl from update to update",
  ),
  klCoefficient: positive(1, "β of the KL penalty at the start"),
  desiredKl: positive(0.01, "the mean KL of an update that an adaptive KL penalty or learning rate steers towards"),
};
