// What the page and its worker load when they are asked for RLHF.

import { generate, reviews, trainRlhf } from "polgrad";
import { writeAndTrain, type LanguageOutcome } from "./language.ts";

export const languageTask = (): Promise<LanguageOutcome> => writeAndTrain({ generate, reviews, trainRlhf });
