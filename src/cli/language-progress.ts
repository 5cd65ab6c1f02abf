// How far the training of a language model is, in its own units and figures.

import { stepUnits } from "../language/algorithms/descriptions.ts";
import { fixed, short, whole } from "../text/numbers.ts";
import type { UpdateReport } from "../training/index.ts";
import type { Goal } from "./progress.ts";

/** What a step of an algorithm is, in the plural. */
export const stepUnit = (algorithm: string): string => stepUnits[algorithm] ?? "steps";

/** The flag that says how long an algorithm trains. */
export const lengthFlag = (algorithm: string): string =>
  algorithm === "rlhf" ? "--iterations" : algorithm in stepUnits ? "--epochs" : "--steps";

type Metrics = UpdateReport["metrics"];

/** Of some updates alone: the last is shown on. */
const heldOutFigures: Record<string, (metrics: Metrics) => string | undefined> = {
  sft: ({ heldOutPerplexity: p }) => (p === undefined ? undefined : `held-out perplexity ${p.toPrecision(3)}`),
  "reward-model": ({ heldOutAccuracy: a }) => (a === undefined ? undefined : `held-out accuracy ${fixed(a, 2)}`),
};

const figures: Record<string, (metrics: Metrics) => string> = {
  sft: ({ loss }) => `loss ${fixed(loss, 3)}`,
  "reward-model": ({ loss, accuracy }) => `loss ${fixed(loss, 3)}  accuracy ${fixed(accuracy, 2)}`,
  rlhf: ({ score, kl, length }) => `reward ${fixed(score, 2)}  KL ${fixed(kl, 1)}  length ${short(length)}`,
};

/** The goal of a language model's training; undefined of another algorithm. */
export function languageGoal(algorithm: string, total: number): Goal | undefined {
  if (!Object.hasOwn(figures, algorithm)) return undefined;
  let heldOut: string | undefined;
  return {
    unit: stepUnits[algorithm],
    total,
    figures({ metrics }) {
      heldOut = heldOutFigures[algorithm]?.(metrics) ?? heldOut;
      return [figures[algorithm](metrics), ...(heldOut === undefined ? [] : [heldOut])].join("  ");
    },
    speed({ metrics }, { stepsPerSecond }) {
      if (algorithm === "rlhf") return `${whole(stepsPerSecond * metrics.length)} tokens/s`;
      return `${whole(stepsPerSecond)} ${stepUnits[algorithm]}/s`;
    },
  };
}

interface Line {
  readonly prompt: string;
  readonly text: string;
}

/** A text of what was told of an update, where there is one. */
export function sampleOf(told: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const [first] = (told?.watched ?? told?.written ?? []) as readonly Line[];
  if (first === undefined) return undefined;
  return first.prompt === "" ? first.text : `${first.prompt} → ${first.text}`;
}
