// Charts and texts of an experiment as its page has them.

import type { Data, Experiment } from "../../src/experiments/experiment.ts";
import { phrases, prose } from "../../src/experiments/prose.ts";

/** What cannot be drawn or set of data; nothing, if all is well. */
export function pageProblems({ name, charts, discussion, claims }: Experiment, data: Data): string[] {
  const problems: string[] = [];
  for (const { name: chart, title, caption, draw } of charts(data)) {
    [title, caption].forEach(phrases); // throws where a formula is not typeset
    for (const size of [
      { width: 1040, height: 400 },
      { width: 400, height: 330 },
    ]) {
      const svg = draw(size);
      if (!svg.startsWith("<svg") || svg.includes("NaN")) problems.push(`${name}: ${chart} at ${size.width}`);
    }
  }
  for (const text of [discussion?.(data) ?? "", ...claims.map(({ judge }) => judge(data).measured)]) {
    prose(text);
    if (/NaN|undefined|Infinity/.test(text)) problems.push(`${name}: ${text}`);
  }
  return problems;
}
