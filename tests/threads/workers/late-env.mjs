// A corridor that answers after some turns of the event loop, or at once: for trainings whose workers wait.

import { setImmediate } from "node:timers/promises";
import { box, createGenerator, discrete } from "../../../dist/index.js";

/** @param {{ late?: boolean }} options */
export default function corridor({ late = true } = {}) {
  let generator = createGenerator(0);
  let [place, t] = [0, 0];
  const answer = async (result, turns) => {
    for (; turns > 0; turns--) await setImmediate();
    return result;
  };
  const given = (result) => (late ? answer(result, (t * 7) % 3) : result);
  return {
    observationSpace: box(-10, 10, [1]),
    actionSpace: discrete(2),
    reset(seed) {
      if (seed !== undefined) generator = createGenerator(seed);
      [place, t] = [generator.uniform(-3, 3), 0];
      return given({ observation: [place], info: {} });
    },
    step(action) {
      place += action === 0 ? -1 : 1;
      t++;
      const [terminated, truncated] = [Math.abs(place) > 5, t === 30];
      return given({ observation: [place], reward: -Math.abs(place), terminated, truncated, info: {} });
    },
  };
}
