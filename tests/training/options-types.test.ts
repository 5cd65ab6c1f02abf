// Options are typed: a misspelt name or a wrong value is a compile-time error, which `tsc` checks here.

import { expectTypeOf, test } from "vitest";
import type { algorithms, AlgorithmName } from "../../src/algorithms/index.ts";
import type { OptionsOfRlhf, OptionsOfSft, rlhfOptions, sftOptions } from "../../src/language/index.ts";
import type { OptionsByAlgorithm } from "../../src/training/index.ts";
import type { OptionsOf, OptionsSchema } from "../../src/learning/option-schema.ts";
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

test("the interfaces that are written for editors say what the schemas do", () => {
  type Given<Schema> = Partial<OptionsOf<Schema & OptionsSchema>>;
  type Loose<T> = { -readonly [Key in keyof T]?: NonNullable<T[Key]> extends readonly (infer V)[] ? V[] : T[Key] };
  type Same<A, B> = [Loose<A>, Loose<B>] extends [Loose<B>, Loose<A>] ? true : false;
  type Own<Name extends AlgorithmName> = (typeof algorithms)[Name]["options"];
  type Written<Name extends AlgorithmName> = Pick<
    OptionsByAlgorithm[Name],
    keyof Given<Own<Name>> & keyof OptionsByAlgorithm[Name]
  >;
  expectTypeOf<
    { [Name in AlgorithmName]: Same<Written<Name>, Given<Own<Name>>> }[AlgorithmName]
  >().toEqualTypeOf<true>();
  expectTypeOf<Same<OptionsOfSft, Given<typeof sftOptions>>>().toEqualTypeOf<true>();
  expectTypeOf<Same<OptionsOfRlhf, Given<typeof rlhfOptions>>>().toEqualTypeOf<true>();
});
