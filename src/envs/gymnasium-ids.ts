// Ids of Gymnasium's that polgrad does not have: what there is instead.

/** Kinds of them, and why there are none. */
const missing: readonly (readonly [ids: RegExp, why: string])[] = [
  [
    /^(Ant|HalfCheetah|Hopper|Humanoid|HumanoidStandup|Inverted(Double)?Pendulum|Pusher|Reacher|Swimmer|Walker2d)-v\d+$/i,
    "it needs the simulator MuJoCo, which polgrad does not have. For continuous control there are Pendulum-v1, " +
      "MountainCarContinuous-v0, LunarLanderContinuous-v3 and BipedalWalker-v3",
  ],
  [/^CarRacing-v\d+$/i, "it is seen as an image, and polgrad has no such environments"],
  [/^ALE\/|NoFrameskip|Deterministic-v\d|-ram-|^(Pong|Breakout|SpaceInvaders|Qbert|Seaquest|BeamRider|Enduro|MsPacman|Asteroids)-v\d+$/i, "it is a game of Atari, and polgrad has none"], // prettier-ignore
  [/^(Blackjack|Taxi)-v\d+$/i, "polgrad does not have it. Its small ones are FrozenLake-v1, CliffWalking-v1, TwoStep-v0 and Terraces-v0"], // prettier-ignore
];

/**
 * What to do about the id of an environment that there is not; undefined for an id of nobody's.
 *
 * @param known the ids that there are
 */
export function gymnasiumHint(id: string, known: readonly string[]): string | undefined {
  const why = missing.find(([ids]) => ids.test(id))?.[1];
  if (why !== undefined) return `unknown environment "${id}": ${why}`;
  const [, stem] = /^([A-Za-z0-9]+)-v\d+$/.exec(id) ?? [];
  const current = known.find((other) => other.replace(/-v\d+$/, "").toLowerCase() === stem?.toLowerCase());
  if (current === undefined || current.toLowerCase() === id.toLowerCase()) return undefined; // mistyped at most
  const former = id === "CartPole-v0" ? ', with { "maxEpisodeSteps": 200 } as its options, and was solved at 195' : "";
  return `unknown environment "${id}". Did you mean "${current}"? That is the version that there is${
    former && `; v0 was the same${former}`
  }`;
}
