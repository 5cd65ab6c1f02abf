// What there is to tell of an RLHF in words: of its options at the first update, of an update as soon as it shows.

import type { Metrics, Stateful } from "../learning/learner.ts";
import { klPenaltyBias } from "./kl-penalty.ts";
import type { RlhfOptions } from "./options.ts";
import { copyOf } from "../globals.ts";

/** Updates that a sampled KL divergence has to stay below 0, and standard errors by which their mean has to. */
const [updatesBelow, errorsBelow] = [5, 4];

/** What an update's texts say of KL(π ‖ π_ref): the mean of log π − log π_ref of a text, and its standard error. */
export interface SampledKl {
  readonly kl: number;
  readonly klError: number;
}

/**
 * Whether the last updates' sampled KL cannot be chance. A divergence is never negative; an estimate of it may be, but
 * not again and again, unless the texts are drawn from another distribution than log π is of.
 *
 * @param updates in their order, at least the last five
 */
export function isPersistentlyNegative(updates: readonly SampledKl[]): boolean {
  const last = updates.slice(-updatesBelow);
  if (last.length < updatesBelow || last.some(({ kl }) => !(kl < 0))) return false;
  const sum = last.reduce((total, { kl }) => total + kl, 0);
  const error = Math.sqrt(last.reduce((total, { klError }) => total + klError * klError, 0));
  return error > 0 && sum < -errorsBelow * error;
}

/** Watches a training, and tells each thing once. */
export function createRlhfWarnings(options: Pick<RlhfOptions, "klPenalty" | "klCoefficient" | "missingEnd">) {
  const state = { recent: [] as SampledKl[], told: [] as string[] };
  const { klPenalty, klCoefficient, missingEnd } = options;
  const bias = klCoefficient > 0 ? klPenaltyBias[klPenalty] : undefined;

  const watch: Stateful & { after(metrics: Metrics): string[] } = {
    /** What an update's metrics give reason to tell. */
    after({ kl, klError, ended }) {
      state.recent = [...state.recent, { kl, klError }].slice(-updatesBelow);
      const reasons: Record<string, string | false | undefined> = {
        bias: bias && `the KL penalty "${klPenalty}" is biased: ${bias}; the default "k1-in-reward" is not`,
        negative:
          isPersistentlyNegative(state.recent) &&
          `kl has been below 0 for ${updatesBelow} updates, by more than chance (${kl.toPrecision(3)} ± ` +
            `${klError.toPrecision(2)} in the last): texts are drawn from another distribution than the one that they ` +
            `are scored by. Top-k, top-p and the temperature must be the same in both`,
        nothing:
          missingEnd === "leave-out" &&
          ended === 0 &&
          "no text of this update came to its end, and nothing was learned: those that are cut off are left out. " +
            "Raise maxTokens, or penalize them instead",
      };
      const now = Object.keys(reasons).filter((name) => reasons[name] && !state.told.includes(name));
      state.told.push(...now);
      return now.map((name) => reasons[name] as string);
    },
    getState: () => ({ recent: state.recent, told: [...state.told] }),
    setState: (saved) => void Object.assign(state, copyOf(saved)),
  };
  return watch;
}
