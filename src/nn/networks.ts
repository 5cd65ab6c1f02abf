// Actor and critic as networks: separate ones, or two heads on a shared trunk; with a memory or without.

import { InputError } from "../errors.ts";
import { unknownName } from "../text/nearest.ts";
import { plainOptions } from "../text/plain-options.ts";
import { isList, valueText } from "../text/values.ts";
import { concat, reshape, slice, type Tensor } from "../tensor/index.ts";
import { gru, type RecurrentLayer } from "./gru.ts";
import { activations, dense, hiddenLayers, type Activation, type Layer, type Parameter } from "./layers.ts";

/** The networks of a policy. Custom networks are a function that returns this for given sizes. */
export interface Networks {
  /** Parameters of the policy, including those of a shared trunk. */
  readonly actor: readonly Parameter[];
  /** Parameters that only the value function uses. */
  readonly critic: readonly Parameter[];
  /** How many numbers it remembers from step to step. Default 0: no memory. */
  readonly stateSize?: number;
  /**
   * Observations [rows, observations] → the outputs that parameterize the distribution [rows, outputs], and V [rows].
   * With a memory also its state [rows, stateSize], 0 at the start of an episode → the state after the step.
   */
  forward(observations: Tensor, state?: Tensor): { policy: Tensor; value: Tensor; state?: Tensor };
}

/** Sizes that networks are made for. */
export interface NetworkSizes {
  /** Numbers per encoded observation. */
  readonly observations: number;
  /** Numbers that the distribution needs: logits, for a categorical one. */
  readonly outputs: number;
}

/** Makes networks of given sizes. */
export type CreateNetworks = (sizes: NetworkSizes) => Networks;

/** Options of {@link mlp}. */
export interface MlpOptions {
  /** Sizes of the hidden layers. Default [64, 64]. */
  readonly hidden?: readonly number[];
  /** Default "tanh". */
  readonly activation?: Activation;
  /** One trunk for both heads instead of two networks. Default false. */
  readonly sharedTrunk?: boolean;
  /** A gated recurrent unit after the hidden layers, or no memory. Default "none". */
  readonly memory?: "none" | "gru";
  /** How many numbers each recurrent unit remembers. Default 64. */
  readonly memorySize?: number;
}

/**
 * Multilayer perceptrons with orthogonal initialization: gains √2, 0.01 for the policy's output and 1 for the value's.
 */
export function mlp(options: MlpOptions = {}): CreateNetworks {
  const {
    hidden = [64, 64],
    activation = "tanh",
    sharedTrunk = false,
    memory = "none",
    memorySize = 64,
  } = plainOptions(options, "the options of mlp");
  if (!isList(hidden)) throw new InputError(`option "hidden" must be a list of sizes, not ${valueText(hidden)}`);
  if (typeof activation !== "string" || !Object.hasOwn(activations, activation))
    throw new InputError(unknownName("activation", activation, Object.keys(activations)));
  if (memory !== "none" && memory !== "gru")
    throw new InputError(`option "memory" must be "none" or "gru", not ${valueText(memory)}`);
  const wrong = hidden.findIndex((size) => !isSize(size)); // holes too
  if (wrong >= 0 || !isSize(memorySize))
    throw new InputError(
      `the size of ${wrong >= 0 ? "a hidden layer" : "the memory"} is ` +
        `${valueText(wrong >= 0 ? hidden[wrong] : memorySize)}, but must be a whole number of at least 1`,
    );
  return ({ observations, outputs }) => {
    const width = hidden.at(-1) ?? observations;
    const remembers = memory === "gru";
    const features = remembers ? memorySize : width;
    const trunk = (name: string): Trunk => {
      const layers = hiddenLayers(name, observations, hidden, activation);
      return remembers ? rememberingTrunk(layers, gru(`${name}.memory`, width, memorySize)) : layers;
    };
    const actorTrunk = trunk(sharedTrunk ? "trunk" : "actor");
    const criticTrunk = sharedTrunk ? undefined : trunk("critic");
    const actorHead = dense("actor.output", features, outputs, 0.01);
    const criticHead = dense("critic.output", features, 1, 1);
    return {
      actor: [...actorTrunk.parameters, ...actorHead.parameters],
      critic: [...(criticTrunk?.parameters ?? []), ...criticHead.parameters],
      stateSize: remembers ? memorySize * (criticTrunk ? 2 : 1) : 0,
      forward(x, state) {
        const part = (k: number): Tensor | undefined => state && slice(state, k * memorySize, memorySize);
        const forActor = actorTrunk.forward(x, part(0));
        const forCritic = criticTrunk ? criticTrunk.forward(x, part(1)) : forActor;
        return {
          policy: actorHead.forward(forActor),
          value: reshape(criticHead.forward(forCritic), ["rows"]),
          state: remembers ? concat(criticTrunk ? [forActor, forCritic] : [forActor]) : undefined,
        };
      },
    };
  };
}

const isSize = (size: unknown): boolean => Number.isSafeInteger(size) && (size as number) >= 1;

/** What a head reads. With a memory, its output is also its next state. */
interface Trunk {
  readonly parameters: readonly Parameter[];
  forward(x: Tensor, state?: Tensor): Tensor;
}

const rememberingTrunk = (layers: Layer, unit: RecurrentLayer): Trunk => ({
  parameters: [...layers.parameters, ...unit.parameters],
  forward: (x, state) => unit.forward(layers.forward(x), state!),
});
