// TwoStep-v0: two actions with a state drawn by chance between them: the smallest process in which the transitions matter
// to the return and yet drop out of the policy gradient.
import { InputError } from "../../errors.ts";
import { isList, valueText } from "../../text/values.ts";
import { drawTwoStep } from "../drawings/two-step.ts";
import type { Env } from "../env.ts";
import type { Outcome } from "../mdp.ts";
import { readOptions } from "../options.ts";
import { Tabular } from "./tabular.ts";

const start = 0;
const middle = [1, 2];
const end = 3;

/** Options of {@link twoStep}. */
export interface TwoStepOptions {
  /**
   * By the first action, the probabilities of the two middle states. Default [[0.8, 0.2], [0.3, 0.7]].
   */
  transitions?: readonly (readonly number[])[];
  /** r₁, by the first action. Default [0.5, 0]. */
  firstReward?: readonly number[];
  /** r₂, by the middle state and the second action. Default [[1, 0], [-1, 3]]. */
  secondReward?: readonly (readonly number[])[];
}

/**
 * s₀ → s₁ → s₂, which ends the episode. Observation: 0 for s₀, 1 or 2 for the middle state s₁, 3 for the terminal one.
 * Action: 0 or 1, in s₀ and again in s₁. With the default rewards the first action that looks better at first, 0, is the
 * worse one in the end: the best return is 2.4, and a uniform policy comes to 0.975.
 */
export function twoStep(options: TwoStepOptions = {}): Env<number, number> {
  const { transitions, firstReward, secondReward } = readOptions<Required<TwoStepOptions>>("TwoStep-v0", options, {
    transitions: [
      [0.8, 0.2],
      [0.3, 0.7],
    ],
    firstReward: [0.5, 0],
    secondReward: [
      [1, 0],
      [-1, 3],
    ],
  });
  const isPair = (x: unknown): boolean => isList(x) && (x as unknown[]).length === 2;
  const isRewards = (x: unknown): boolean => isPair(x) && (x as unknown[]).every((r) => Number.isFinite(r));
  const isChances = (x: unknown): boolean =>
    isRewards(x) &&
    (x as number[]).every((p) => p >= 0) &&
    Math.abs((x as number[])[0] + (x as number[])[1] - 1) < 1e-9;
  if (!isPair(transitions) || !transitions.every(isChances))
    throw wrong("transitions", transitions, "must be two pairs of probabilities that add up to 1, by the first action");
  if (!isRewards(firstReward)) throw wrong("firstReward", firstReward, "must be two numbers, by the first action");
  if (!isPair(secondReward) || !secondReward.every(isRewards))
    throw wrong(
      "secondReward",
      secondReward,
      "must be two pairs of numbers, by the middle state and the second action",
    );

  const outcomes = (state: number, action: number): Outcome[] => {
    if (state === end) return [{ probability: 1, next: end, reward: 0, terminated: true }];
    if (state !== start)
      return [{ probability: 1, next: end, reward: secondReward[state - 1][action], terminated: true }];
    const reward = firstReward[action];
    return middle.map((next, i) => ({ probability: transitions[action][i], next, reward, terminated: false }));
  };
  return new Tabular("TwoStep", { states: 4, actions: 2, start: [1, 0, 0, 0], outcomes, draw: drawTwoStep });
}

const wrong = (name: string, value: unknown, rule: string): InputError =>
  new InputError(`TwoStep-v0: option "${name}" is ${valueText(value)}, but ${rule}`);
