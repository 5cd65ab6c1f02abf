// FrozenLake-v1: cross a frozen lake to the goal without falling into a hole, on ice that makes you slip. Gymnasium's
// maps, numbers and seeds.
import { InputError } from "../../errors.ts";
import { valueText } from "../../text/values.ts";
import { createGenerator, type Entropy } from "../../random/index.ts";
import { drawGrid } from "../drawings/grid.ts";
import type { Env } from "../env.ts";
import { aside, moveOnGrid, type Move } from "./grid.ts";
import { readOptions } from "../options.ts";
import { Tabular, type Outcome } from "./tabular.ts";

const maps = {
  "4x4": ["SFFF", "FHFH", "FFFH", "HFFG"],
  "8x8": ["SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF", "FFFHFFFF", "FHHFFFHF", "FHFFHFHF", "FFFHFFFG"],
};

/** Options of {@link frozenLake}. */
export interface FrozenLakeOptions {
  /**
   * A map of your own: rows of equal length of S (start; of several, one is drawn), F (frozen), H (hole)
   * and G (goal). Takes precedence over `mapName`.
   */
  desc?: readonly string[] | null;
  /** "4x4", "8x8", or "random", which is `randomLake({ seed: mapSeed })`. Default "4x4". */
  mapName?: "4x4" | "8x8" | "random";
  /** Seed of the random map. Default 0. */
  mapSeed?: number;
  /**
   * Whether the ice is slippery: with `successRate` you go where you want, otherwise to its left or right. Default
   * true.
   */
  isSlippery?: boolean;
  /** Probability of going where you want on slippery ice. Default 1/3. */
  successRate?: number;
  /** Rewards for stepping onto a goal, a hole, and anything else. Default [1, 0, 0]. */
  rewardSchedule?: readonly number[];
}

/**
 * Observation: the field's number, row · columns + column. Action: 0 left, 1 down, 2 right, 3 up; off the edge you
 * stay. Terminates at a goal or in a hole. The time limit (100, or 200 of FrozenLake8x8-v1) and the threshold (0.70, or
 * 0.85) belong to the registered specs; the best possible return is 0.74, or 0.91.
 */
export function frozenLake(options: FrozenLakeOptions = {}): Env<number, number> {
  const { desc, mapName, mapSeed, isSlippery, successRate, rewardSchedule } = readOptions<Required<FrozenLakeOptions>>(
    "FrozenLake-v1",
    options,
    { desc: null, mapName: "4x4", mapSeed: 0, isSlippery: true, successRate: 1 / 3, rewardSchedule: [1, 0, 0] },
  );
  if (!(successRate >= 0 && successRate <= 1)) throw wrongOption("successRate", successRate, "must be a probability");
  if (!isRewards(rewardSchedule)) {
    throw wrongOption("rewardSchedule", rewardSchedule, "must be three numbers, for goal, hole and frozen");
  }
  const map = desc ?? mapOf(mapName, mapSeed);
  const problem = mapProblem(map);
  if (problem) throw new InputError(`FrozenLake-v1: option "desc" ${problem}`);

  const rows = map.length;
  const columns = map[0].length;
  const tiles = map.join("");
  const isEnd = (field: number): boolean => tiles[field] === "G" || tiles[field] === "H";
  const step = (field: number, way: number, probability: number): Outcome => {
    const next = moveOnGrid(field, moves[way], rows, columns);
    const reward = rewardSchedule[tiles[next] === "G" ? 0 : tiles[next] === "H" ? 1 : 2];
    return { probability, next, reward, terminated: isEnd(next) };
  };
  const slip = (1 - successRate) / 2;
  const starts = tiles.replace(/[^S]/g, "").length;
  return new Tabular("FrozenLake", {
    states: rows * columns,
    actions: 4,
    draw: (field) => drawGrid(map, field),
    start: Array.from(tiles, (tile) => (tile === "S" ? 1 / starts : 0)),
    outcomes: (field, action) => {
      if (isEnd(field)) return [{ probability: 1, next: field, reward: 0, terminated: true }];
      if (!isSlippery) return [step(field, action, 1)];
      return aside(action).map((way) => step(field, way, way === action ? successRate : slip));
    },
  });
}

const wrongOption = (name: string, value: unknown, rule: string): InputError =>
  new InputError(`FrozenLake-v1: option "${name}" is ${valueText(value)}, but ${rule}`);

/** [rows, columns] that each action moves: left, down, right, up. */
const moves: readonly Move[] = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0],
];

/**
 * A random square map with a path from the start (top left) to the goal (bottom right): Gymnasium's
 * `generate_random_map`, with the same draws.
 *
 * @param options.size fields on each side, default 8, at least 2
 * @param options.p probability that a field is frozen, not a hole; default 0.8
 * @param options.seed determines the map; default 0
 */
export function randomLake({
  size = 8,
  p = 0.8,
  seed = 0,
}: { size?: number; p?: number; seed?: Entropy } = {}): string[] {
  if (!Number.isSafeInteger(size) || size < 2) {
    throw new InputError(`randomLake: size is ${size}, but must be a whole number of at least 2`);
  }
  if (!(p > 0 && p <= 1)) throw new InputError(`randomLake: p is ${p}, but must be a probability above 0`);
  const generator = createGenerator(seed);
  for (;;) {
    const tiles = generator.choice(["F", "H"], { size: size * size, p: [p, 1 - p] });
    tiles[0] = "S";
    tiles[tiles.length - 1] = "G";
    if (hasWay(tiles, size))
      return Array.from({ length: size }, (_, r) => tiles.slice(r * size, (r + 1) * size).join(""));
  }
}

function hasWay(tiles: readonly string[], size: number): boolean {
  const seen = new Set([0]);
  for (const field of seen) {
    if (tiles[field] === "G") return true;
    for (const move of moves) {
      const next = moveOnGrid(field, move, size, size);
      if (tiles[next] !== "H") seen.add(next); // the loop comes to it as well
    }
  }
  return false;
}

function mapOf(mapName: string, mapSeed: number): readonly string[] {
  if (mapName === "4x4" || mapName === "8x8") return maps[mapName];
  if (mapName !== "random") {
    throw wrongOption("mapName", mapName, 'must be "4x4", "8x8" or "random"');
  }
  if (!Number.isSafeInteger(mapSeed) || mapSeed < 0) {
    throw wrongOption("mapSeed", mapSeed, "must be a whole number of at least 0");
  }
  return randomLake({ seed: mapSeed });
}

const isRewards = (x: unknown): boolean => Array.isArray(x) && x.length === 3 && x.every((r) => Number.isFinite(r));

/** What is wrong with a map, as the end of a sentence that begins with its name; null if nothing is. */
function mapProblem(map: unknown): string | null {
  const isList =
    Array.isArray(map) && map.length > 0 && map.findIndex((row) => typeof row !== "string" || row === "") < 0;
  if (!isList) return `is ${valueText(map)}, but must be rows of letters, as in ["SF", "HG"]`;
  const rows = map as string[];
  const uneven = rows.findIndex((row) => row.length !== rows[0].length);
  if (uneven >= 0) return `has ${rows[uneven].length} fields in row ${uneven}, but ${rows[0].length} in row 0`;
  const stranger = /[^SFHG]/.exec(rows.join(""));
  if (stranger) return `has the letter "${stranger[0]}", but may contain only S, F, H and G`;
  return rows.some((row) => row.includes("S")) ? null : "has no start, an S";
}
