// Options are typed: a misspelt name or a wrong value is a compile-time error, which `tsc` checks here.

import { expectTypeOf, test } from "vitest";
import { trainA2c, trainPpo, type TrainOptions } from "../../src/training/index.ts";

test("each algorithm takes its own options, and no others", () => {
  expectTypeOf(trainPpo).parameter(0).toEqualTypeOf<TrainOptions<"ppo">>();
  expectTypeOf<TrainOptions<"ppo">["learningRate"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<TrainOptions<"reinforce">["baseline"]>().toEqualTypeOf<"none" | "constant" | "learned" | undefined>();

  // Never called: only the types matter.
  const wrong = (): unknown => [
    // @ts-expect-error A misspelt option.
    trainPpo({ env: "CartPole-v1", learnignRate: 1e-3 }),
    // @ts-expect-error An option of another algorithm.
    trainA2c({ env: "CartPole-v1", clip: 0.2 }),
    // @ts-expect-error No environment.
    trainPpo({ seed: 1 }),
  ];
  expectTypeOf(wrong).toBeFunction();
});
