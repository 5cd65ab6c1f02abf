// A linear softmax policy with a linear value in float64, and an environment that records what happens in it: updates
// of the algorithms can be followed by hand.

import type { Env } from "../../src/envs/index.ts";
import { createGenerator } from "../../src/random/index.ts";
import { box, discrete } from "../../src/spaces/index.ts";
import type { Training } from "../../src/training/index.ts";

export interface Transition {
  readonly observation: number[];
  readonly action: number;
  readonly reward: number;
  readonly next: number[];
  readonly terminated: boolean;
  readonly truncated: boolean;
}

/** Random observations of two numbers and random rewards; episodes of `length` steps that end in turn in both ways. */
export function recording(length: number): { env: () => Env<number[], number>; transitions: Transition[] } {
  const transitions: Transition[] = [];
  const env = (): Env<number[], number> => {
    let generator = createGenerator(0);
    let [t, episode] = [0, 0];
    let observation: number[] = [];
    const draw = (): number[] => [generator.uniform(-1, 1), generator.uniform(-1, 1)].map(Math.fround);
    return {
      observationSpace: box([-1, -1], [1, 1]),
      actionSpace: discrete(3),
      reset(seed) {
        if (seed !== undefined) generator = createGenerator(seed);
        [t, observation] = [0, draw()];
        return { observation, info: {} };
      },
      step(action) {
        t++;
        const next = draw();
        const over = t === length;
        const reward = Math.fround(generator.uniform(-1, 1) + (action === 1 ? 1 : 0));
        const terminated = over && episode % 2 === 0;
        const truncated = over && !terminated;
        transitions.push({ observation, action, reward, next, terminated, truncated });
        if (over) episode++;
        observation = next;
        return { observation: next, reward, terminated, truncated, info: {} };
      },
    };
  };
  return { env, transitions };
}

/** Weights by name, as float64. */
export type Weights = Record<string, number[]>;

export const readWeights = ({ policy }: Training): Weights =>
  Object.fromEntries(policy.parameters.map(({ variable }) => [variable.name, [...policy.engine.read(variable)]]));

/** Gives a training weights that are not near 0. */
export function setWeights({ policy }: Training, seed = 3): void {
  const generator = createGenerator(seed);
  for (const { variable } of policy.parameters)
    policy.engine.write(variable, policy.engine.read(variable).map(() => generator.uniform(-0.8, 0.8))); // prettier-ignore
}

export function probabilities(w: Weights, s: readonly number[]): number[] {
  const bias = w["actor.output.bias"];
  const n = bias.length;
  const z = bias.map((b, a) => s.reduce((total, x, i) => total + x * w["actor.output.weight"][i * n + a], b));
  const e = z.map((v) => Math.exp(v));
  const total = e.reduce((p, q) => p + q);
  return e.map((v) => v / total);
}

export const value = (w: Weights, s: readonly number[]): number =>
  s.reduce((total, x, i) => total + x * w["critic.output.weight"][i], w["critic.output.bias"][0]);

export const zeros = (w: Weights): Weights => Object.fromEntries(Object.entries(w).map(([name, v]) => [name, v.map(() => 0)])); // prettier-ignore

/** into += scale · ∇ log π(a|s): ∂/∂z = e_a − π. */
export function addLogProbGradient(into: Weights, w: Weights, s: readonly number[], a: number, scale: number): void {
  const pi = probabilities(w, s);
  addThroughLogits(into, s, pi.map((p, j) => scale * ((j === a ? 1 : 0) - p))); // prettier-ignore
}

/** into += scale · ∇ H(π(·|s)): ∂/∂z_j = −π_j (log π_j + H). */
export function addEntropyGradient(into: Weights, w: Weights, s: readonly number[], scale: number): void {
  const pi = probabilities(w, s);
  const entropy = -pi.reduce((total, p) => total + p * Math.log(p), 0);
  addThroughLogits(into, s, pi.map((p) => -scale * p * (Math.log(p) + entropy))); // prettier-ignore
}

/** into += scale · ∇ V(s). */
export function addValueGradient(into: Weights, s: readonly number[], scale: number): void {
  s.forEach((x, i) => (into["critic.output.weight"][i] += scale * x));
  into["critic.output.bias"][0] += scale;
}

function addThroughLogits(into: Weights, s: readonly number[], byLogits: readonly number[]): void {
  byLogits.forEach((g, j) => {
    s.forEach((x, i) => (into["actor.output.weight"][i * byLogits.length + j] += g * x));
    into["actor.output.bias"][j] += g;
  });
}

/** w + scale · direction, for names that begin with `part`. */
export const moved = (w: Weights, direction: Weights, scale: number, part = ""): Weights =>
  Object.fromEntries(
    Object.entries(w).map(([name, v]) => [name, name.startsWith(part) ? v.map((x, i) => x + scale * direction[name][i]) : v]), // prettier-ignore
  );
