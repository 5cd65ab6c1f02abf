// The home page: PPO on CartPole, from the first moment on.

import { trainingScene } from "./training-scene.ts";
import { startScene } from "./scene.ts";
import { homeSettings } from "./training-settings.ts";

startScene(trainingScene({ settings: homeSettings, plays: true }));
