// What happens in an episode, as lines of text: for environments without a picture, and output that is not a terminal.

import type { Moment } from "../runs/play-run.ts";

const headerLine = row("step", "action", "reward", "return", "observation");

/** The line of a moment; at the beginning of an episode with the names of the columns above it. */
export function momentLines(moment: Moment, episodes: number): string[] {
  const { step, action, reward, return: total, observation, episode } = moment;
  const numbers = step === 0 ? ["", "", ""] : [shortValue(action), shortValue(reward), shortValue(total)];
  const line = row(String(step), ...(numbers as [string, string, string]), shortValue(observation));
  if (step > 0) return [`${line}${endOf(moment)}`];
  const title = episodes > 1 ? [`${episode > 1 ? "\n" : ""}Episode ${episode}`] : [];
  return [...title, headerLine, line];
}

/** How it ended, if it did. */
function endOf({ terminated, truncated, over }: Moment): string {
  if (terminated) return "  terminated";
  if (truncated) return "  truncated";
  return over ? "  left" : "";
}

function row(step: string, action: string, reward: string, total: string, observation: string): string {
  return [step.padStart(5), action.padStart(8), reward.padStart(9), total.padStart(9), observation]
    .join("  ")
    .trimEnd();
}

/** A number with four digits, or a list of them. */
export function shortValue(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  if (value === null || value === undefined) return "";
  const all = Array.from(value as ArrayLike<number>, shortValue);
  return `[${(all.length > 12 ? [...all.slice(0, 12), "…"] : all).join(", ")}]`;
}
