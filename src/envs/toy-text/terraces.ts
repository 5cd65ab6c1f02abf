// Terraces-v0: a walk of a few steps along two terraces, of which one pays. Small enough that every trajectory can be
// enumerated, with as much noise in the rewards as one likes.
import { InputError } from "../../errors.ts";
import { valueText } from "../../text/values.ts";
import { drawTerraces } from "../drawings/terraces.ts";
import type { Env } from "../env.ts";
import type { Outcome } from "../mdp.ts";
import { readOptions } from "../options.ts";
import { Tabular } from "./tabular.ts";

/** Longer walks have more states than tables are for. */
const longest = 1000;

/** Options of {@link terraces}. */
export interface TerracesOptions {
  /** Steps of an episode, 1 to 1000. Default 4. */
  length?: number;
  /** Probability of ending up on the other terrace than the one meant. Default 0.2. */
  slip?: number;
  /** A reward of ±noise, with probability ½ each, is added to that of every step. Default 0. */
  noise?: number;
}

/**
 * Observation: 2 · step + terrace, of which 0 is the lower and 1 the upper one; steps are 0 … `length`. Action: 0 stays on
 * the terrace, 1 changes it. Reward: 1 for a step that ends on the upper terrace, 0 for one that ends on the lower.
 * Begins on either terrace with probability ½, terminates after `length` steps. The best return is
 * length · (1 − slip), or length · slip where that is more; a uniform policy comes to length / 2.
 */
export function terraces(options: TerracesOptions = {}): Env<number, number> {
  const { length, slip, noise } = readOptions<Required<TerracesOptions>>("Terraces-v0", options, {
    length: 4,
    slip: 0.2,
    noise: 0,
  });
  if (!Number.isSafeInteger(length) || length < 1 || length > longest)
    throw wrong("length", length, `must be a whole number from 1 to ${longest}`);
  if (!(slip >= 0 && slip <= 1)) throw wrong("slip", slip, "must be a probability");
  if (!(noise >= 0 && noise < Infinity)) throw wrong("noise", noise, "must be a number of at least 0");
  const states = 2 * (length + 1);

  const outcomes = (state: number, action: number): Outcome[] => {
    const [step, terrace] = [state >> 1, state & 1];
    if (step === length) return [{ probability: 1, next: state, reward: 0, terminated: true }];
    const meant = action === 0 ? terrace : 1 - terrace;
    const land = (on: number, probability: number): Outcome[] => {
      const outcome = { probability, next: 2 * (step + 1) + on, reward: on, terminated: step + 1 === length };
      if (noise === 0) return [outcome];
      return [-noise, noise].map((more) => ({ ...outcome, probability: probability / 2, reward: on + more }));
    };
    return [...land(meant, 1 - slip), ...land(1 - meant, slip)].filter(({ probability }) => probability > 0);
  };
  return new Tabular("Terraces", {
    states,
    actions: 2,
    start: Array.from({ length: states }, (_, state) => (state < 2 ? 0.5 : 0)),
    outcomes,
    draw: (state) => drawTerraces(length, state),
  });
}

const wrong = (name: string, value: unknown, rule: string): InputError =>
  new InputError(`Terraces-v0: option "${name}" is ${valueText(value)}, but ${rule}`);
