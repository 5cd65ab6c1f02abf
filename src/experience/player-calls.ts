// What a worker's thread does of several that play together: see remote-players.ts.

import { restoreMoments, type Moments } from "../math/moments.ts";
import type { Engine } from "../tensor/index.ts";
import { settle, type Player, type PlayerState } from "./player.ts";
import { createRecorder } from "./record.ts";
import { rolloutAt, type RolloutPlace } from "./rollout.ts";

/** How many of n environments each thread plays: as evenly as can be, the first ones more. */
export const shares = (environments: number, threads: number): number[] =>
  Array.from({ length: threads }, (_, i) => Math.ceil((environments - i) / threads));

/** What a worker does with its player. */
export type PlayerCalls = ReturnType<typeof playerCalls>;

/**
 * The calls that a worker answers about its player.
 *
 * @param first the number of the player's first environment, over all threads
 */
export const playerCalls = (player: Player, engine: Engine, first: number) => ({
  *reset() {
    yield* player.resetInSlices();
    return Array.from(player.vector.observations);
  },
  *play(place: RolloutPlace, normalizer: Moments | undefined) {
    if (normalizer) {
      restoreMoments(player.policy.normalizer!, normalizer);
      player.observe();
    }
    const rollout = rolloutAt(place, engine);
    const recorder = createRecorder(player, rollout, first);
    for (let t = 0; t < rollout.steps; yield player.pending()) t = recorder.record(t, rollout.steps);
    recorder.finish();
    return recorder.ended;
  },
  getState: () => player.getState(),
  setState(state: PlayerState) {
    player.setState(state);
    return settle([player]);
  },
});
