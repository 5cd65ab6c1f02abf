// Draws all charts of an experiment, wide and narrow.

import { expect } from "vitest";
import type { Data, Experiment } from "../../src/experiments/experiment.ts";

/** Draws them as pages do, and expects figures without a NaN in them. */
export function expectCharts({ charts }: Experiment, data: Data): void {
  for (const { name, draw } of charts(data))
    for (const size of [
      { width: 1040, height: 400 },
      { width: 400, height: 330 },
    ]) {
      const svg = draw(size);
      expect(svg, name).toContain("<svg");
      expect(svg, name).not.toContain("NaN");
    }
}
