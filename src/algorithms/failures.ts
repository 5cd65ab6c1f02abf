// How a NaN ends training: with the name of the first tensor that held it.

import { RunError } from "../errors.ts";

/**
 * The error of a loss or gradient that is not finite, as `metrics` show. `explanations` runs what may have caused it once more, and yields a
 * description of the first NaN, or undefined where there is none.
 */
export function describeNaN(
  algorithm: string,
  step: number,
  metrics: Readonly<Record<string, number>>,
  explanations: () => Iterable<string | undefined>,
): RunError {
  const infinite = Object.keys(metrics).filter((name) => !Number.isFinite(metrics[name]));
  let found: string | undefined;
  for (const explanation of explanations()) if ((found ??= explanation)) break;
  return new RunError(
    `${algorithm}: the loss or its gradient stopped being a finite number at step ${step}; ` +
      (found
        ? `the first tensor that holds a NaN is ${found}`
        : `an intermediate value overflowed float32, and with it ${infinite.join(", ")}`) +
      `. The weights are those before the bad step. A lower learning rate or normalized rewards may help.`,
  );
}
