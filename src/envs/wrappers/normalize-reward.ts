// Rewards of a magnitude of about 1.
import { whenDone } from "../../awaitable.ts";
import { createMoments, rescale, updateMoments, type Moments } from "../../math/moments.ts";
import { InputError } from "../../errors.ts";
import { copyOf } from "../../globals.ts";
import { plainOptions } from "../../text/plain-options.ts";
import { valueText } from "../../text/values.ts";
import type { AsyncEnv, Env } from "../env.ts";
import { inPlaceAs, partsOf, stateWith, wrappedEnv } from "./parts.ts";
import { replayable } from "./replayable.ts";

/**
 * `env` whose rewards are divided by the standard deviation of the discounted return, √(variance + 1e-8), and
 * clipped to ±10. The running variance is that of G_t = γ G_{t−1} + r_t, which begins at 0 with each episode (as in
 * Stable-Baselines3; Gymnasium's NormalizeReward drops the sum before the last reward and carries that into the next
 * episode).
 *
 * The moments belong to this object and its state (`getState`). For training, prefer the option `normalizeRewards` of
 * the algorithms, which still reports the original returns.
 *
 * @param options `gamma`: the discount γ, default 0.99
 * @throws InputError if `gamma` is not within 0 … 1
 */
export function normalizeReward<O, A>(env: Env<O, A>, options?: { gamma?: number }): Env<O, A>;
export function normalizeReward<O, A>(env: AsyncEnv<O, A>, options?: { gamma?: number }): AsyncEnv<O, A>;
export function normalizeReward<O, A>(env: AsyncEnv<O, A>, options: { gamma?: number } = {}): AsyncEnv<O, A> {
  const { gamma = 0.99 } = plainOptions(options, "the options of normalizeReward");
  if (typeof gamma !== "number" || !(gamma >= 0 && gamma <= 1))
    throw new InputError(`normalizeReward: gamma is ${valueText(gamma)}, but must be within 0..1`);
  wrappedEnv(env, "normalizeReward");
  const source = replayable(env); // the moments outlive episodes, so there must be a state to keep them in
  const moments = createMoments(1);
  const discountedReturn = [0];
  return inPlaceAs(source, {
    ...partsOf(source),
    adapts: true,
    reset(seed) {
      discountedReturn[0] = 0;
      return source.reset(seed);
    },
    step(action, out) {
      return whenDone(source.step(action, out), (result) => {
        if (!Number.isFinite(result?.reward)) return result; // what is wrong is told by whoever stepped
        discountedReturn[0] = discountedReturn[0] * gamma + result.reward;
        updateMoments(moments, discountedReturn, 1);
        if (result.terminated || result.truncated) discountedReturn[0] = 0;
        const reward = rescale(moments, result.reward);
        if (result !== out) return { ...result, reward }; // the environment's own object stays as it is
        out.reward = reward;
        return out;
      });
    },
    ...stateWith<{ moments: Moments; discountedReturn: number; env: unknown }>(source, {
      save: (state) => ({ moments: copyOf(moments), discountedReturn: discountedReturn[0], env: state }),
      load(state) {
        Object.assign(moments, copyOf(state.moments));
        discountedReturn[0] = state.discountedReturn;
        return state.env;
      },
    }),
  });
}
