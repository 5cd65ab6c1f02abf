// A forest of one's own: fell now, or let it grow? Its growth of 1 % a week pays less than the usual discount of 0.99 asks
// for, so with the default options it is felled in the first week. To find better ones:
// npx polgrad tune ppo ./examples/forest.js --steps 40000 --minutes 10

import { box, createGenerator, discrete } from "polgrad";

const growth = 0.01; // a week, as long as there is little wood
const weeks = 200; // then the land is sold, with the wood on it
const shares = [0, 0.01, 0.04, 1]; // of the wood that is there, to be felled

/** @returns {import("polgrad").Env<number[], number>} */
export default function forest() {
  let generator = createGenerator(0);
  let [wood, week] = [0, 0]; // wood is 1 where there is no room for more
  const observe = () => [wood, week / weeks];

  return {
    observationSpace: box(0, 1, [2]),
    actionSpace: discrete(shares.length),

    reset(seed) {
      if (seed !== undefined) generator = createGenerator(seed);
      [wood, week] = [generator.uniform(0.2, 0.4), 0];
      return { observation: observe(), info: {} };
    },

    step(action) {
      const felled = wood * shares[action];
      wood -= felled;
      wood += growth * wood * (1 - wood);
      week += 1;
      // The week is observed, so that its last one is an end like any other.
      const terminated = wood <= 0 || week >= weeks;
      const sold = felled + (week >= weeks ? wood : 0);
      return { observation: observe(), reward: 100 * sold, terminated, truncated: false, info: {} };
    },
  };
}
