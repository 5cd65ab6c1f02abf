// Options that were measured to work, by algorithm and environment; they stand between the defaults and what the user gives.

export type Preset = Readonly<Record<string, unknown>>;

export const presets: Readonly<Record<string, Readonly<Record<string, Preset>>>> = {
  reinforce: { "CartPole-v1": {} },
  "actor-critic": { "CartPole-v1": {} },
  a2c: { "CartPole-v1": {} },
  ppo: { "CartPole-v1": {} },
};
