// Environments on several threads: each worker plays some of them with a player of its own, over weights and a rollout
// in memory that all share. What is in a column of the rollout follows from its environment alone, so the number of
// threads changes nothing.

import { joinVectorStates, splitVectorState } from "../envs/index.ts";
import type { Moments } from "../math/moments.ts";
import { remoteCalls, type Pool } from "../threads/index.ts";
import type { PlayerState } from "./player.ts";
import { shares, type PlayerCalls } from "./player-calls.ts";
import type { EndedEpisode } from "./record.ts";
import { placeOf, type Rollout } from "./rollout.ts";

/** The players on a pool's other threads, as an agent sees them: it plays the first environments itself. */
export interface RemotePlayers {
  /** Environments of all threads together. */
  readonly environments: number;
  /** Lets the others start their environments. */
  reset(): void;
  /** Waits for them: their first observations, before normalization. */
  resets(): Generator<void, number[]>;
  /** Lets the others play and record their columns of a rollout. */
  play(rollout: Rollout, normalizer: Moments | undefined): void;
  /** Waits for them: the episodes that ended. */
  played(): Generator<void, EndedEpisode[]>;
  /** The state of all players, `own` being this thread's. */
  joinState(own: PlayerState): PlayerState;
  /** Gives the others their parts of such a state, and returns this thread's. */
  splitState(state: PlayerState): PlayerState;
  /** Waits until they have taken them in. */
  settle(): Generator<void, void>;
}

/** The players of a pool's other threads, for `environments` environments over all threads. */
export function createRemotePlayers(pool: Pool, environments: number): RemotePlayers {
  const sizes = shares(environments, pool.size);
  const others = remoteCalls<PlayerCalls>(pool);
  return {
    environments,
    reset: () => others.send("reset", () => []),
    *resets() {
      return (yield* others.answers("reset")).flat();
    },
    play: (rollout, normalizer) => others.send("play", () => [placeOf(rollout), normalizer]),
    *played() {
      return (yield* others.answers("play")).flat();
    },
    joinState(own) {
      const states = [own, ...others.call("getState", () => [])];
      return {
        actions: states.flatMap((s) => s.actions),
        vector: joinVectorStates(states.map((s) => s.vector)),
        ...(own.states && { states: states.flatMap((s) => s.states!) }),
      };
    },
    splitState({ actions, vector, states }) {
      const vectors = splitVectorState(vector, sizes);
      const width = (states?.length ?? 0) / environments;
      let first = 0;
      const parts = sizes.map((size, i): PlayerState => {
        const [from, to] = [first, (first += size)];
        return {
          actions: actions.slice(from, to),
          vector: vectors[i],
          ...(states && { states: states.slice(from * width, to * width) }),
        };
      });
      others.send("setState", (thread) => [parts[thread]]);
      return parts[0];
    },
    *settle() {
      yield* others.answers("setState");
    },
  };
}
