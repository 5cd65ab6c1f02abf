import fc from "fast-check";
import { expect, test } from "vitest";
import { camelCase, capitalized, fileNameOf, kebabCase, spacedWords } from "../../src/text/names.ts";

test("the name of an option in a program, in a shell and in a sentence", () => {
  expect(kebabCase("learningRateSchedule")).toBe("learning-rate-schedule");
  expect(camelCase("learning-rate-schedule")).toBe("learningRateSchedule");
  expect(camelCase("learning_rate")).toBe("learningRate");
  expect(spacedWords("learningRateSchedule")).toBe("learning rate schedule");
  expect(capitalized(spacedWords("approxKl"))).toBe("Approx kl");
  expect(capitalized("σ has grown")).toBe("σ has grown");
  expect(kebabCase("gamma")).toBe("gamma");
});

test("a name of a file keeps what every file system takes", () => {
  expect(fileNameOf("CartPole-v1")).toBe("CartPole-v1");
  expect(fileNameOf("./my env.js#Second")).toBe(".-my-env.js-Second");
});

test("a file's name is one name on every system, whatever it is made of", () => {
  const parts = fc.constantFrom("..", ".", "/", "\\", "con", "COM1", ".txt", "\0", " ", "é", "a", "-", "C:", "\u202e");
  const texts = fc.oneof(fc.string({ unit: parts }), fc.string({ unit: "binary", maxLength: 200 }), fc.string({ unit: parts, maxLength: 250 })); // prettier-ignore
  fc.assert(
    fc.property(texts, (text) => {
      const name = fileNameOf(text);
      expect(name).toMatch(/^[\w.+-]{1,181}$/);
      expect(name).not.toMatch(/\.$/);
      expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
      expect(fileNameOf(name)).toBe(name);
    }),
    { numRuns: Number(process.env.POLGRAD_CASES ?? 20) },
  );
  expect(["..", "", "con", "Con.js", "dots. ."].map(fileNameOf)).toEqual(["_", "_", "_con", "_Con.js", "dots.-"]);
});
