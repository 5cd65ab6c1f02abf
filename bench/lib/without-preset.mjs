// Built-in environments in a module, so that no preset applies to them.

import { makeEnv } from "../../dist/bundle/index.js";

export const cartPole = () => makeEnv("CartPole-v1");
export const pendulum = () => makeEnv("Pendulum-v1");
