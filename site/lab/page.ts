// The lab: any algorithm in any environment that can be seen.

import { startScene } from "../page/scene.ts";
import { trainingScene } from "../page/training-scene.ts";
import { labSettings } from "../page/training-settings.ts";

startScene(trainingScene({ settings: labSettings, plays: false }));
