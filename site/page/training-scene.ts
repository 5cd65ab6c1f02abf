// A training as a page shows it: its curve, its numbers, its command.

import { createChart } from "./chart.ts";
import { fixed, told, whole } from "./numbers.ts";
import type { Scene } from "./scene.ts";
import type { Settings } from "./address.ts";
import { fillTable } from "./table.ts";
import type { TrainingConfiguration, TrainingSnapshot } from "../worker/training.ts";

/** Names of metrics that a reader of the lecture knows. */
const known: Readonly<Record<string, string>> = {
  policyLoss: "policy loss",
  valueLoss: "value loss",
  entropy: "entropy",
  approxKl: "approximate KL (k3)",
  clipFraction: "share of clipped ratios",
  explainedVariance: "explained variance of V",
  gradientNorm: "norm of the gradient",
  learningRate: "learning rate",
};

const flag = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The command that trains the same to the bit. */
export function trainCommand({ algorithm, env, pace: _, ...options }: TrainingConfiguration): string {
  const given = Object.entries(options).filter(([, value]) => value !== "");
  const flags = given.map(([name, value]) => `${flag(name)} ${value}`.replace("--total-steps", "--steps"));
  return `npx polgrad train ${algorithm} ${env} ${flags.join(" ")} --strict`;
}

export function trainingScene<C extends TrainingConfiguration>({
  settings,
  plays,
}: {
  settings: Settings<C>;
  plays: boolean;
}): Scene<C, TrainingSnapshot> {
  const curve = createChart(document.querySelector("#curve")!, {
    x: "environment steps",
    y: "return",
    lines: [
      { label: "an episode", colour: "muted", as: "points" },
      { label: "mean of the last 100", colour: "blue" },
    ],
  });
  const table = document.querySelector<HTMLTableElement>("#numbers")!;
  return {
    simulation: "training",
    settings,
    plays,
    command: trainCommand,
    progress: ({ step, totalSteps, update, meanReturn100 }) =>
      `Step ${whole(step)}${totalSteps ? ` of ${whole(totalSteps)}` : ""}, update ${update}` +
      (meanReturn100 === null ? "" : `, mean return ${fixed(meanReturn100, 1)}`),
    show(snapshot, { env }) {
      curve.set(snapshot.curve);
      const { meanReturn100, episodes, rewardThreshold, solvedAtStep, metrics, step, update } = snapshot;
      fillTable(table, [
        ["environment steps", whole(step)],
        ["updates", whole(update)],
        ["episodes", whole(episodes)],
        ["mean return of the last 100", meanReturn100 === null ? "–" : fixed(meanReturn100, 2)],
        ...Object.entries(metrics)
          .filter(([name]) => known[name])
          .map(([name, value]) => [known[name], told(value)]),
      ]);
      const summary =
        meanReturn100 === null
          ? "No episode has ended yet."
          : `${whole(episodes)} episodes of ${env} have ended; the last 100 had a mean return of ${fixed(meanReturn100, 1)}. ` +
            (rewardThreshold === null
              ? ""
              : solvedAtStep === null
                ? `It counts as solved at ${rewardThreshold}.`
                : `Solved at step ${whole(solvedAtStep)}, where that mean reached ${rewardThreshold}.`);
      const threads =
        snapshot.threadsNote === undefined ? "" : ` One thread does it all here: ${snapshot.threadsNote}.`;
      return { summary: summary + threads, sha: snapshot.weightsSha256 };
    },
  };
}
