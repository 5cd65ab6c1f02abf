// Actor and critic as networks: separate ones, or two heads on a shared trunk.

import { InputError } from "../errors.ts";
import { reshape, type Tensor } from "../tensor/index.ts";
import { activations, dense, hiddenLayers, type Activation, type Parameter } from "./layers.ts";

/** What a policy is made of. A user's own networks are a function of the sizes that returns this. */
export interface Networks {
  /** Parameters that only the policy uses (all of a shared trunk count as the policy's). */
  readonly actor: readonly Parameter[];
  /** Parameters that only the value uses. */
  readonly critic: readonly Parameter[];
  /** Observations [rows, observations] → what the distribution is made of [rows, outputs], and V [rows]. */
  forward(observations: Tensor): { policy: Tensor; value: Tensor };
}

export interface NetworkSizes {
  /** Numbers per encoded observation. */
  readonly observations: number;
  /** Numbers that the distribution needs: logits, for a categorical one. */
  readonly outputs: number;
}

export type CreateNetworks = (sizes: NetworkSizes) => Networks;

export interface MlpOptions {
  /** Sizes of the hidden layers. Default [64, 64]. */
  readonly hidden?: readonly number[];
  /** Default "tanh". */
  readonly activation?: Activation;
  /** One trunk for both heads instead of two networks. Default false. */
  readonly sharedTrunk?: boolean;
}

/** Multilayer perceptrons with orthogonal initialization: gains √2, 0.01 for the policy's output and 1 for the value's. */
export function mlp(options: MlpOptions = {}): CreateNetworks {
  const { hidden = [64, 64], activation = "tanh", sharedTrunk = false } = options;
  if (!Object.hasOwn(activations, activation))
    throw new InputError(`unknown activation "${activation}"; there are ${Object.keys(activations).join(" and ")}`);
  return ({ observations, outputs }) => {
    const features = hidden.at(-1) ?? observations;
    const actorTrunk = hiddenLayers(sharedTrunk ? "trunk" : "actor", observations, hidden, activation);
    const criticTrunk = sharedTrunk ? undefined : hiddenLayers("critic", observations, hidden, activation);
    const actorHead = dense("actor.output", features, outputs, 0.01);
    const criticHead = dense("critic.output", features, 1, 1);
    return {
      actor: [...actorTrunk.parameters, ...actorHead.parameters],
      critic: [...(criticTrunk?.parameters ?? []), ...criticHead.parameters],
      forward(x) {
        const actorFeatures = actorTrunk.forward(x);
        const criticFeatures = criticTrunk ? criticTrunk.forward(x) : actorFeatures;
        return {
          policy: actorHead.forward(actorFeatures),
          value: reshape(criticHead.forward(criticFeatures), ["rows"]),
        };
      },
    };
  };
}
