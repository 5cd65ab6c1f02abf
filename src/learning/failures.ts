// How a NaN ends training: with the name of the first tensor that held it.

import { RunError } from "../errors.ts";
import type { Engine } from "../tensor/index.ts";
import type { Diagnostics } from "./diagnostics.ts";

/**
 * Ends training where a loss or gradient of an update is not finite, as its metrics show.
 *
 * @param explanations runs what may have caused it once more, and yields a description of the first NaN, or undefined
 *   where there is none
 * @throws RunError that names the first tensor with a NaN, or what overflowed
 */
export function assertFinite<Name extends string>(
  metrics: Readonly<Record<Name, number>>,
  where: { algorithm: string; step: number; engine: Engine; diagnostics: Pick<Diagnostics<Name>, "reset"> },
  explanations: () => Iterable<string | undefined>,
): void {
  const infinite = infiniteOf(metrics);
  if (infinite.length === 0) return;
  where.diagnostics.reset(where.engine); // else what they summed up would be the first NaN
  let found: string | undefined;
  for (const explanation of explanations()) if ((found ??= explanation)) break;
  throw notFinite(where, infinite, found);
}

/** The names of metrics that are not finite, or were not before they went through JSON. */
export const infiniteOf = (metrics: Readonly<Record<string, number | null>>): string[] =>
  Object.keys(metrics).filter((name) => !Number.isFinite(metrics[name]));

/**
 * How training ends then.
 *
 * @param infinite the metrics that are not finite
 * @param found a description of the first NaN, where there is one
 */
export const notFinite = (
  where: { algorithm: string; step: number },
  infinite: readonly string[],
  found: string | undefined,
): RunError =>
  new RunError(
    `${where.algorithm}: the loss or its gradient stopped being a finite number at step ${where.step}; ` +
      (found
        ? `the first tensor that holds a NaN is ${found}`
        : `an intermediate value overflowed float32, and with it ${infinite.join(", ")}`) +
      `. The weights are those before the bad step. A lower learning rate or normalized rewards may help.`,
  );
