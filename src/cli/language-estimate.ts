// What --estimate tells: how long the training of a language model would take, and how much memory.

import type { LanguageEstimate } from "../language/index.ts";
import { largestParts } from "../language/room.ts";
import { decimal, mebibytes } from "../text/numbers.ts";
import type { Context } from "./context.ts";
import { clockTime } from "./progress.ts";

/**
 * Writes the estimate of a run, and of several.
 *
 * @param several as many runs as this, so many of them at the same time
 * @returns The exit code.
 */
export function tellEstimate(
  { stdout, stderr }: Context,
  { json }: { readonly json?: true },
  estimate: LanguageEstimate,
  { runs, atATime }: { readonly runs: number; readonly atATime: number } = { runs: 1, atATime: 1 },
): number {
  const { seconds, bytes, room, measured, scaled } = estimate;
  const together = Math.min(runs, atATime);
  const inAll = seconds * Math.ceil(runs / atATime);
  const parts = largestParts(room).map(([name, of]) => `${mebibytes(of)} ${name}`);
  const lines = [
    `Time    ${clockTime(seconds)}${runs > 1 ? ` a run, ${clockTime(inAll)} for ${runs} of them, ${together} at a time` : ""}: ` +
      `${decimal(measured)} s of it were run to tell${scaled ? ", in steps smaller than it would have, so that this is rough" : ""}`,
    `Memory  ${mebibytes(bytes)}${runs > 1 ? ` a run, ${mebibytes(bytes * together)} at a time` : ""}: ${parts.join(", ")}`,
    "        What Node itself takes comes on top, some 100 MiB a run. Nothing was written.",
  ];
  (json ? stderr : stdout).write(`${lines.join("\n")}\n`);
  if (json) stdout.write(`${JSON.stringify({ seconds, bytes, room, scaled, runs, atATime: together, allSeconds: inAll })}\n`); // prettier-ignore
  return 0;
}
