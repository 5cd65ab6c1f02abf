import { expect, test } from "vitest";
import { speedometer } from "../../src/runs/speedometer.ts";

test("gives the speed of the last five seconds, not of the whole run", () => {
  const speed = speedometer(10, 1000);
  expect(speed(10, 1000)).toBe(0);
  expect(speed(10.1, 1010)).toBeCloseTo(100);
  let step = 1000;
  for (let i = 1; i <= 100; i++) expect(speed(10 + i / 10, (step += 10))).toBeCloseTo(100);
  let last = 0;
  for (let i = 1; i <= 60; i++) last = speed(20 + i / 10, (step += 50));
  expect(last).toBeCloseTo(500);
});
