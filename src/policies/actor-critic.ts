// A policy and its value function on one engine: what every algorithm trains, and what a user acts with.

import { actionHead, type ActionHead, type GaussianOptions } from "../distributions/index.ts";
import type { Observation } from "../envs/index.ts";
import { observationProblem } from "../envs/problems.ts";
import { observationWriter } from "../envs/vector/io.ts";
import { InputError } from "../errors.ts";
import { exp } from "../math/index.ts";
import { standardize, type Moments } from "../math/moments.ts";
import { mlp, type CreateNetworks, type MlpOptions, type Networks, type Parameter } from "../nn/index.ts";
import { createGenerator, type Generator, type SeedSequence } from "../random/index.ts";
import { describeSpace, flatSize, maskProblem, maskWriter, type ActionMask, type Space } from "../spaces/index.ts";
import { formatShape, type Engine, type Shape, type Tensor } from "../tensor/index.ts";
import { valueText } from "../text/values.ts";
import { createInference, type Inference } from "./inference.ts";
import type { ActorCritic, Forward } from "./policy.ts";

/** What {@link createActorCritic} makes a policy from. */
export interface ActorCriticOptions {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** Multilayer perceptrons of these options (default), or networks of your own. */
  readonly networks?: MlpOptions | CreateNetworks;
  /** How draws become actions and how log σ is learned, for a Box of actions. */
  readonly gaussian?: GaussianOptions;
  /** Whether the environment says which actions are allowed. Default false. */
  readonly masked?: boolean;
  /** Where the initial weights and `act` come from. */
  readonly seed: SeedSequence;
  /**
   * Running moments that standardize observations; training updates them. Default: observations are used as they are.
   */
  readonly normalizer?: Moments;
}

/** A policy before it has numbers. Names and shapes cost nothing, however large the networks are. */
export interface PolicyDesign {
  readonly head: ActionHead;
  readonly maskSize: number;
  readonly networks: Networks;
  /** All that is trained: the actor's, then the critic's. */
  readonly parameters: readonly Parameter[];
}

/**
 * The networks of a policy, without an engine.
 *
 * @throws InputError if the networks' parameters do not fit, or masks are asked for where the action space allows none
 */
export function designPolicy(options: Omit<ActorCriticOptions, "seed" | "normalizer">): PolicyDesign {
  const { observationSpace, actionSpace, networks: choice = {}, gaussian = {}, masked = false } = options;
  const head = actionHead(actionSpace, gaussian);
  if (masked && head.maskSize === 0)
    throw new InputError(`action masks are for Discrete and MultiDiscrete spaces, not ${describeSpace(actionSpace)}`);
  const create = typeof choice === "function" ? choice : mlp(choice);
  const networks = withHead(create({ observations: flatSize(observationSpace), outputs: head.outputs }), head);
  return { head, maskSize: masked ? head.maskSize : 0, networks, parameters: parametersOf(networks) };
}

/**
 * A policy and its value function with freshly initialized weights.
 *
 * @throws InputError if the networks' parameters or outputs do not fit, or masks are asked for where the action space
 *   allows none
 */
export function createActorCritic(engine: Engine, options: ActorCriticOptions): ActorCritic {
  const generator = createGenerator(options.seed);
  const design = designPolicy(options);
  return assembleActorCritic(engine, options, design, generator, (p) => p.initialize(generator));
}

/**
 * The policy of a design.
 *
 * @param generator what `act` draws from
 * @param weightsOf the numbers of each parameter
 */
export function assembleActorCritic(
  engine: Engine,
  options: Omit<ActorCriticOptions, "seed">,
  { head, maskSize, networks, parameters }: PolicyDesign,
  generator: Generator,
  weightsOf: (parameter: Parameter) => Float32Array,
): ActorCritic {
  const { observationSpace, actionSpace, networks: choice = {}, gaussian = {}, normalizer } = options;
  const observationSize = flatSize(observationSpace);
  for (const p of parameters) engine.write(p.variable, weightsOf(p));

  const stateSize = networks.stateSize ?? 0;
  const forward = (observations: Tensor, masks?: Tensor, before?: Tensor): Forward => {
    const { policy, value, state } = networks.forward(observations, stateSize > 0 ? before : undefined);
    assertShape("policy", policy, ["rows", head.outputs]);
    assertShape("value", value, ["rows"]);
    if (stateSize > 0) assertShape("state", state, ["rows", stateSize]);
    return { distribution: head.distribution(policy, maskSize > 0 ? masks : undefined), value, state };
  };

  const allAllowed = maskSize > 0 ? new Uint8Array(maskSize).fill(1) : undefined;
  const allowed = new Uint8Array(maskSize);
  const writeMask = maskWriter(actionSpace, allowed);
  const maskFor = (mask: ActionMask | undefined): Uint8Array | undefined => {
    if (mask === undefined) return allAllowed;
    if (!allAllowed) throw new InputError("the policy was trained without action masks: do not pass one");
    if (!writeMask(0, mask)) throw new InputError(maskProblem(actionSpace, mask)!);
    return allowed;
  };

  let inference: Inference | undefined;
  const state = new Float32Array(stateSize);
  const raw = new Float32Array(observationSize);
  const write = observationWriter(observationSpace, raw); // as a vector does in training
  const evaluate = (observation: Observation, mask?: ActionMask): Inference => {
    if (!write(0, observation)) throw new InputError(observationProblem(observationSpace, observation)!);
    inference ??= createInference(policy, 1);
    if (normalizer) standardize(normalizer, raw, 1, raw);
    inference.run(raw, 1, { masks: maskFor(mask), states: state });
    return inference;
  };

  const policy: ActorCritic = {
    engine,
    observationSpace,
    actionSpace,
    architecture: typeof choice === "function" ? "custom" : choice,
    gaussianOptions: gaussian,
    parameters,
    weights: parameters.map((p) => p.variable),
    actorVariables: networks.actor.map((p) => p.variable),
    criticVariables: networks.critic.map((p) => p.variable),
    observationSize,
    actionSize: head.actionSize,
    distributionSize: head.distributionSize,
    maskSize,
    stateSize,
    head,
    normalizer,
    forward,
    act(observation, { deterministic = false, mask } = {}) {
      const { numbers, actions, nextStates } = evaluate(observation, mask);
      state.set(nextStates);
      if (deterministic) head.mode(numbers, 0, actions, 0);
      else head.sample(numbers, 0, generator, actions, 0);
      return head.toAction(actions, 0);
    },
    value: (observation) => evaluate(observation).values[0],
    probabilities(observation, { mask } = {}) {
      if (actionSpace.kind === "box")
        throw new InputError("actions in a Box have densities, not probabilities: use policy.gaussian(observation)");
      return evaluate(observation, mask).numbers.slice();
    },
    gaussian(observation) {
      if (actionSpace.kind !== "box")
        throw new InputError(
          `${describeSpace(actionSpace)} has no Gaussian policy: use policy.probabilities(observation)`,
        );
      const { distributions } = evaluate(observation);
      const k = head.actionSize;
      return { mean: distributions.slice(0, k), std: distributions.slice(k).map(exp) };
    },
    seed(value) {
      generator = createGenerator(value);
    },
    reset() {
      state.fill(0);
    },
  };
  return policy;
}

/** The networks, with the head's own parameters among the actor's. */
const withHead = (networks: Networks, { trained }: ActionHead): Networks =>
  trained.length > 0 && networks?.actor ? { ...networks, actor: [...networks.actor, ...trained] } : networks;

/** @throws InputError if one of the two has none, as when all are listed as the actor's, or a name stands for two */
function parametersOf(networks: Networks): Parameter[] {
  for (const part of ["actor", "critic"] as const)
    if (!(networks?.[part]?.length > 0))
      throw new InputError(
        `the networks have no ${part} parameters: return { actor, critic, forward } with the parameters of each`,
      );
  const parameters = [...networks.actor, ...networks.critic];
  const odd = parameters.find((p) => !isParameter(p));
  if (odd !== undefined)
    throw new InputError(`the networks' parameters must be { variable, initialize }, as dense makes them, not ${valueText(odd)}`); // prettier-ignore
  const names = new Set<string>();
  const twice = parameters.map((p) => p.variable.name).find((name) => names.size === names.add(name).size);
  if (twice !== undefined) throw new InputError(`the networks have two parameters named "${twice}"`);
  return parameters;
}

const isParameter = (p: Partial<Parameter> | null): boolean =>
  p?.variable?.operation?.kind === "variable" && typeof p.initialize === "function";

/** Custom networks may be built in any way, but their outputs have fixed shapes. */
function assertShape(what: string, tensor: Tensor | undefined, shape: Shape): void {
  const actual = tensor?.shape ? formatShape(tensor.shape) : String(tensor);
  if (actual !== formatShape(shape))
    throw new InputError(`the networks' ${what} has the shape ${actual}, but must have ${formatShape(shape)}`);
}
