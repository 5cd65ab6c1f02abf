// Spaces as plain JSON, for the files that hold a policy together with its spaces.
import { InputError } from "../errors.ts";
import { valueText } from "../text/values.ts";
import { box } from "./box.ts";
import { discrete } from "./discrete.ts";
import { multiBinary } from "./multi-binary.ts";
import { multiDiscrete } from "./multi-discrete.ts";
import type { Space } from "./space.ts";

type JsonBound = number | "inf" | "-inf";

/** A space as plain JSON; infinite bounds, which JSON lacks, are the strings "inf" and "-inf". */
export type SpaceJson =
  | { kind: "box"; shape: number[]; low: JsonBound[]; high: JsonBound[] }
  | { kind: "discrete"; n: number; start: number }
  | { kind: "multiDiscrete"; counts: number[] }
  | { kind: "multiBinary"; n: number };

/** A space as an object that survives JSON; {@link spaceFromJson} reads it back. */
export function spaceToJson(space: Space): SpaceJson {
  const toJson = (x: number): JsonBound => (x === Infinity ? "inf" : x === -Infinity ? "-inf" : x);
  switch (space.kind) {
    case "box":
      return {
        kind: "box",
        shape: [...space.shape],
        low: Array.from(space.low, toJson),
        high: Array.from(space.high, toJson),
      };
    case "discrete":
      return { kind: "discrete", n: space.n, start: space.start };
    case "multiDiscrete":
      return { kind: "multiDiscrete", counts: [...space.counts] };
    case "multiBinary":
      return { kind: "multiBinary", n: space.n };
  }
}

/**
 * The space that {@link spaceToJson} wrote.
 *
 * @throws InputError if `json` is not a space
 */
export function spaceFromJson(json: unknown): Space {
  const fromJson = (x: unknown): number => {
    if (x === "inf") return Infinity;
    if (x === "-inf") return -Infinity;
    if (typeof x === "number") return x;
    throw new InputError(`a Box's bounds are numbers, "inf" or "-inf", not ${valueText(x)}`);
  };
  const space = (json ?? {}) as { [key: string]: unknown };
  if (space.kind === "discrete") return discrete(space.n as number, space.start as number);
  if (space.kind === "multiDiscrete") return multiDiscrete(space.counts as number[]);
  if (space.kind === "multiBinary") return multiBinary(space.n as number);
  if (space.kind === "box" && Array.isArray(space.low) && Array.isArray(space.high) && Array.isArray(space.shape)) {
    return box(space.low.map(fromJson), space.high.map(fromJson), space.shape as number[]);
  }
  throw new InputError(`not a space: ${valueText(json)}`);
}
