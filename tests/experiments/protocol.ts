// What every experiment's protocols must be like.

import { fileNameOf } from "../../src/text/names.ts";
import type { Experiment } from "../../src/experiments/experiment.ts";
import { prose } from "../../src/experiments/prose.ts";

/** What is wrong with an experiment's protocols and texts; nothing, if all is well. */
export function protocolProblems({ name, protocol, lesson, question, claims }: Experiment): string[] {
  const problems: string[] = [];
  for (const quick of [true, false]) {
    const { trials, words } = protocol(quick);
    const ids = trials.map(({ id }) => id);
    if (new Set(ids).size < ids.length) problems.push(`${name}: two trials have one id`);
    for (const id of ids) if (fileNameOf(id) !== id) problems.push(`${name}: ${id} is no file's name`);
    prose(words); // throws where a formula is not typeset
  }
  [lesson, question, ...claims.flatMap(({ claim, threshold }) => [claim, threshold])].forEach(prose);
  if (lesson.split(/\s+/).length > 400) problems.push(`${name}: the lesson is longer than a screen`);
  const ids = claims.map(({ id }) => id);
  if (new Set(ids).size < ids.length) problems.push(`${name}: two claims have one id`);
  return problems;
}
