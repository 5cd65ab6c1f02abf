// Reads Gymnasium's reference trajectories, where they are.
import { existsSync, readFileSync } from "node:fs";

export interface GoldenTrajectory {
  seed: number;
  reset_obs: number[];
  actions: number[];
  obs: number[][];
  rewards: number[];
  terminated: boolean[];
  truncated: boolean[];
  /** First observations after resets without a seed, which follow the step that ended an episode. */
  resets: { step: number; obs: number[] }[];
}

export interface GoldenEnv {
  env: string;
  kwargs: Record<string, unknown>;
  trajectories: GoldenTrajectory[];
}

/** `../shared/golden/gymnasium/<name>.json`, or null where it is missing (its tests then skip). */
export function goldenEnv(name: string): GoldenEnv | null {
  const file = new URL(`../../../shared/golden/gymnasium/${name}.json`, import.meta.url);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as GoldenEnv) : null;
}
