import { expect, test } from "vitest";
import { camelCase, capitalized, fileNameOf, kebabCase, spacedWords } from "../../src/text/names.ts";

test("the name of an option in a program, in a shell and in a sentence", () => {
  expect(kebabCase("learningRateSchedule")).toBe("learning-rate-schedule");
  expect(camelCase("learning-rate-schedule")).toBe("learningRateSchedule");
  expect(camelCase("learning_rate")).toBe("learningRate");
  expect(spacedWords("learningRateSchedule")).toBe("learning rate schedule");
  expect(capitalized(spacedWords("approxKl"))).toBe("Approx kl");
  expect(kebabCase("gamma")).toBe("gamma");
});

test("a name of a file keeps what every file system takes", () => {
  expect(fileNameOf("CartPole-v1")).toBe("CartPole-v1");
  expect(fileNameOf("./my env.js#Second")).toBe(".-my-env.js-Second");
});
