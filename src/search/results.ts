// What a search has come to.

import type { SettingResult } from "../sweeps/results.ts";

/** What a search has come to. */
export interface SearchResult {
  out: string;
  status: "finished" | "interrupted";
  trials: number;
  /** Trials that came to the last rung. */
  toTheEnd: number;
  /** Of the search, without what is trained in the end. */
  seconds: number;
  /** The best of what was trained with fresh seeds; null before that. */
  best: Final | null;
  usual: Final | null;
  /** All of them, the best first. */
  finals: Final[];
}

/** Options with what they came to on fresh seeds. */
export interface Final {
  /** 0 is what is usual: the preset or the defaults. */
  trial: number;
  /** Of the options that vary. */
  values: Record<string, unknown>;
  /** By which it was chosen: on the seeds of the search. */
  searched: number | null;
  result: SettingResult;
}
