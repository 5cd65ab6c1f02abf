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
  const infinite = (Object.keys(metrics) as Name[]).filter((name) => !Number.isFinite(metrics[name]));
  if (infinite.length === 0) return;
  where.diagnostics.reset(where.engine); // else what they summed up would be the first NaN
  let found: string | undefined;
  for (const explanation of explanations()) if ((found ??= explanation)) break;
  throw new RunError(
    `${where.algorithm}: the loss or its gradient stopped being a finite number at step ${where.step}; ` +
      (found
        ? `the first tensor that holds a NaN is ${found}`
        : `an intermediate value overflowed float32, and with it ${infinite.join(", ")}`) +
      `. The weights are those before the bad step. A lower learning rate or normalized rewards may help.`,
  );
}
