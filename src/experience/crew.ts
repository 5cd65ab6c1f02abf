// Environments on several threads: each worker plays some of them with a player of its own, over weights and a rollout
// in memory that all share. What is in a column of the rollout follows from its environment alone, so the number of
// threads changes nothing.

import { joinVectorStates, splitVectorState } from "../envs/index.ts";
import type { Moments } from "../math/moments.ts";
import type { Engine } from "../tensor/index.ts";
import type { Pool } from "../threads/index.ts";
import { createRecorder, type EndedEpisode } from "./collect.ts";
import type { Player, PlayerState } from "./player.ts";
import { placeOf, rolloutAt, type Rollout, type RolloutPlace } from "./rollout.ts";

/** The workers of a pool, as an agent sees them: it plays the first environments itself, and they the others. */
export interface Crew {
  /** Environments of all threads together. */
  readonly environments: number;
  /** Starts the others' environments: their first observations, before normalization. */
  reset(): number[];
  /** Lets the others play and record their columns of a rollout. */
  play(rollout: Rollout, normalizer: Moments | undefined): void;
  /** Waits for them: the episodes that ended. */
  played(): Generator<void, EndedEpisode[]>;
  /** The state of all players, `own` being this thread's. */
  joinState(own: PlayerState): PlayerState;
  /** Gives the others their parts of such a state, and returns this thread's. */
  splitState(state: PlayerState): PlayerState;
}

/** How many of n environments each thread plays: as evenly as can be, the first ones more. */
export const shares = (environments: number, threads: number): number[] =>
  Array.from({ length: threads }, (_, i) => Math.ceil((environments - i) / threads));

type Order =
  | { readonly do: "reset" }
  | { readonly do: "play"; readonly rollout: RolloutPlace; readonly normalizer: Moments | undefined }
  | { readonly do: "getState" }
  | { readonly do: "setState"; readonly state: PlayerState };

export function createCrew(pool: Pool, environments: number): Crew {
  const sizes = shares(environments, pool.size);
  const threads = sizes.map((_, i) => i).slice(1);
  const order = (of: (thread: number) => Order): void => threads.forEach((thread) => pool.send(thread, of(thread)));
  const answers = (): unknown[] => threads.map((thread) => pool.receiveNow(thread));
  return {
    environments,
    reset() {
      order(() => ({ do: "reset" }));
      return (answers() as number[][]).flat();
    },
    play(rollout, normalizer) {
      order(() => ({ do: "play", rollout: placeOf(rollout), normalizer }));
    },
    *played() {
      const ended: EndedEpisode[] = [];
      for (const thread of threads) ended.push(...((yield* pool.receive(thread)) as EndedEpisode[]));
      return ended;
    },
    joinState(own) {
      order(() => ({ do: "getState" }));
      const states = [own, ...(answers() as PlayerState[])];
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
      order((thread) => ({ do: "setState", state: parts[thread] }));
      answers();
      return parts[0];
    },
  };
}

/** What a worker answers to its crew's orders; `first` is the number of its player's first environment. */
export function followOrders(player: Player, engine: Engine, first: number): (message: unknown) => unknown {
  const { normalizer } = player.policy;
  return (message) => {
    const order = message as Order;
    switch (order.do) {
      case "reset":
        player.reset();
        return Array.from(player.vector.observations);
      case "play": {
        if (normalizer) {
          Object.assign(normalizer, order.normalizer);
          player.observe();
        }
        const rollout = rolloutAt(order.rollout, engine);
        const recorder = createRecorder(player, rollout, first);
        recorder.record(0, rollout.steps);
        recorder.finish();
        return recorder.ended;
      }
      case "getState":
        return player.getState();
      case "setState":
        player.setState(order.state);
        return null;
    }
  };
}
