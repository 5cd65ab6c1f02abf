// The small MDPs on which experiments are exact, and policies for them.

import { terraces, type TerracesOptions } from "../envs/toy-text/terraces.ts";
import { twoStep, type TwoStepOptions } from "../envs/toy-text/two-step.ts";
import type { Mdp } from "../envs/index.ts";
import { mdpOf } from "../exact/index.ts";
import { createGenerator } from "../random/index.ts";

/** The tables of TwoStep-v0: two decisions, with a state drawn by chance between them. */
export const twoStepMdp = (options?: TwoStepOptions): Mdp => mdpOf(twoStep(options));

/** The tables of Terraces-v0: a walk of `length` steps along two terraces, with as much noise in its rewards as asked for. */
export const terracesMdp = (options?: TerracesOptions): Mdp => mdpOf(terraces(options));

/** Parameters of a softmax policy, drawn from a normal distribution of deviation 1 [states × actions]. */
export const randomTheta = ({ states, actions }: Mdp, seed: number): Float64Array =>
  createGenerator(seed).fillStandardNormal(new Float64Array(states * actions));

/** ‖x‖ */
export const norm = (x: ArrayLike<number>): number =>
  Math.sqrt(Array.from(x).reduce((sum, value) => sum + value * value, 0));

/** The largest |a − b| of two arrays. */
export const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
