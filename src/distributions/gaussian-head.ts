// The head of a Box action space: a Gaussian's draws, and how they become actions within bounds.

import { InputError } from "../errors.ts";
import { exp, log, tanh } from "../math/index.ts";
import type { Box } from "../spaces/index.ts";
import { add, slice, variable, type Tensor } from "../tensor/index.ts";
import { unknownName } from "../text/nearest.ts";
import { valueText } from "../text/values.ts";
import type { ActionHead, Distribution } from "./distribution.ts";
import { gaussian } from "./gaussian.ts";
import { transformed } from "./squash.ts";

/** How a Gaussian's draw becomes an action within the bounds of a Box: see {@link GaussianOptions}. */
export const gaussianKinds = ["clipped", "scaled", "squashed"] as const;
/** One of {@link gaussianKinds}. */
export type GaussianKind = (typeof gaussianKinds)[number];

/** Options of the Gaussian policy of a Box action space. */
export interface GaussianOptions {
  /**
   * How a draw u ~ N(μ, σ²) becomes an action: "clipped" (default) is u itself, clipped to the bounds; "scaled" is
   * center + half-width · u, clipped; "squashed" is center + half-width · tanh(u), which never needs it. A component
   * with an infinite bound has neither center nor width, and is u, clipped.
   */
  readonly kind?: GaussianKind;
  /** Where log σ comes from: a parameter that does not depend on the state (default), or the network. */
  readonly logStd?: "parameter" | "network";
  /** log σ at the start. Default 0. */
  readonly initialLogStd?: number;
}

/** How the draws of each component become actions. */
export interface Units {
  /** The middle of its bounds. */
  readonly center: Float64Array;
  /** Half of what lies between them. */
  readonly half: Float64Array;
  /** The components whose draws go through tanh. */
  readonly squashed: readonly number[];
}

/** Some environments write ±3.4e38, the largest float32, for no bound. */
const asGoodAsInfinite = 1e30;

/** Center 0 and half-width 1 stand for draws that are used as they are. */
export function unitsOf({ low, high }: Box, kind: GaussianKind = "clipped"): Units {
  const k = low.length;
  const bounded = Array.from({ length: k }, (_, i) => kind !== "clipped" && low[i] < high[i] && high[i] - low[i] < asGoodAsInfinite); // prettier-ignore
  return {
    center: Float64Array.from(bounded, (is, i) => (is ? low[i] + (high[i] - low[i]) / 2 : 0)),
    half: Float64Array.from(bounded, (is, i) => (is ? (high[i] - low[i]) / 2 : 1)),
    squashed: kind === "squashed" ? bounded.flatMap((is, i) => (is ? [i] : [])) : [],
  };
}

/** A Box space's head: a mean for each component, and log σ. Actions are stored as they were drawn. */
export function gaussianHead(space: Box, options: GaussianOptions = {}): ActionHead {
  const { kind = "clipped", logStd: source = "parameter", initialLogStd = 0 } = options;
  const { low, high } = space;
  if (!gaussianKinds.includes(kind)) throw new InputError(unknownName("kind of Gaussian", kind, gaussianKinds));
  if (source !== "parameter" && source !== "network")
    throw new InputError(`option "logStd" must be "parameter" or "network", not ${valueText(source)}`);
  if (!Number.isFinite(initialLogStd))
    throw new InputError(`option "initialLogStd" must be a finite number, not ${valueText(initialLogStd)}`);
  const k = low.length;
  const { center, half, squashed } = unitsOf(space, kind);
  const isSquashed = Array.from(low, (_, i) => squashed.includes(i));
  const actionOf = (u: number, i: number): number => center[i] + half[i] * (isSquashed[i] ? tanh(u) : u);
  const logUnits = half.reduce((total, h) => total + log(h), 0);
  const parameter = variable("actor.logStd", [k]);
  const inUnits = (mean: Tensor, logStd: Tensor): Distribution => {
    const draws = gaussian(mean, logStd);
    return squashed.length === 0 && logUnits === 0 ? draws : transformed(draws, squashed, logUnits);
  };
  return {
    outputs: source === "network" ? 2 * k : k,
    actionSize: k,
    distributionSize: 2 * k,
    maskSize: 0,
    trained:
      source === "network" ? [] : [{ variable: parameter, initialize: () => new Float32Array(k).fill(initialLogStd) }],
    distribution: (outputs) =>
      source === "network"
        ? inUnits(slice(outputs, 0, k), add(slice(outputs, k, k), initialLogStd))
        : inUnits(outputs, parameter),
    fromParameters: (parameters) => inUnits(slice(parameters, 0, k), slice(parameters, k, k)),
    sample(parameters, at, generator, actions, to) {
      for (let i = 0; i < k; i++)
        actions[to + i] = parameters[at + i] + exp(parameters[at + k + i]) * generator.standardNormal();
    },
    mode(parameters, at, actions, to) {
      for (let i = 0; i < k; i++) actions[to + i] = parameters[at + i];
    },
    transform:
      kind === "clipped"
        ? undefined
        : (actions, rows, out) => {
            for (let j = 0; j < rows * k; j++) out[j] = actionOf(actions[j], j % k);
          },
    toAction: (actions, at) =>
      Float32Array.from(low, (bound, i) => Math.max(bound, Math.min(high[i], actionOf(actions[at + i], i)))),
  };
}
