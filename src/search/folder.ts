// The folder of a search: where its files are.

import { join } from "node:path";
import { fileNameOf } from "../text/names.ts";
import { envName } from "../envs/index.ts";
import type { Piece, Plan } from "./plan.ts";

/** Where the files of a search are. */
export function searchFiles(out: string) {
  return {
    journal: join(out, "journal.jsonl"),
    /** Checkpoints of trials. */
    trials: join(out, "trials"),
    /** A sweep of those that lead, and of what is usual, with fresh seeds. */
    final: join(out, "final"),
    best: join(out, "best.json"),
    report: join(out, "report.html"),
    lock: join(out, ".running"),
  };
}

/** The checkpoint of a trial's training with a seed. */
export const checkpointOf = (out: string, { trial, seed }: Piece): string =>
  join(searchFiles(out).trials, `${trial}-seed-${seed}.safetensors`);

/** The folder of a search where none is named. */
export const usualFolder = ({ algorithm, env }: Pick<Plan, "algorithm" | "env">): string =>
  join("searches", fileNameOf(`${algorithm}-${envName(env).replace(/\.[cm]?[jt]s$/, "")}`));
