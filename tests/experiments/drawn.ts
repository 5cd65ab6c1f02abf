// What every experiment's page must be able to show of data.

import { expect } from "vitest";
import type { Data, Experiment, Finding } from "../../src/experiments/experiment.ts";
import { phrases, prose } from "../../src/experiments/prose.ts";

/** Draws all charts as pages do, and expects figures without a NaN in them. */
export function expectCharts({ charts }: Pick<Experiment, "charts">, data: Data): void {
  const drawn = charts(data);
  expect(new Set(drawn.map(({ name }) => name)).size).toBe(drawn.length);
  for (const { title, caption, draw } of drawn) {
    [title, caption].forEach(phrases); // throws where a formula is not typeset
    for (const size of [
      { width: 1040, height: 400 },
      { width: 600, height: 360 },
      { width: 400, height: 330 },
    ]) {
      const svg = draw(size);
      expect(svg).toMatch(/^<svg/);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    }
  }
}

/** Judges all claims, draws all charts, in each size, and reads the discussion. @returns the findings, by claim */
export function expectPage({ claims, charts, discussion }: Experiment, data: Data): Record<string, Finding> {
  expectCharts({ charts }, data);
  if (discussion) {
    const text = discussion(data);
    prose(text);
    expect(text).not.toMatch(/NaN|undefined|Infinity|null/);
  }
  const findings = Object.fromEntries(claims.map(({ id, judge }) => [id, judge(data)]));
  for (const { measured } of Object.values(findings)) prose(measured);
  return findings;
}

/** The finding of a claim on rows. */
export const judgeOf =
  ({ claims }: Experiment) =>
  (id: string, rows: Data["rows"]): Finding =>
    claims.find((claim) => claim.id === id)!.judge({ rows, quick: false });
