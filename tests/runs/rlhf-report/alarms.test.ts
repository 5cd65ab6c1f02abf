import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { alarmsOf, type AlarmRule } from "../../../src/runs/rlhf-report/alarms.ts";
import { readRlhf } from "../../../src/runs/rlhf-report/read.ts";
import { makeRun } from "./folders.ts";

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "polgrad-alarms-"))));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a good run looks like over 20 updates; `t` goes from 0 to 1. */
const good = (t: number) => ({
  score: 3 * t,
  truth: 1.5 * t,
  kl: 8 * t,
  entropy: 1.5 - 0.6 * t,
  length: 15,
  ended: 1 - 0.02 * t,
  wellFormed: 0.99 - 0.02 * t,
  distinct: 1 - 0.05 * t,
  explainedVariance: 0.9 * t - 0.3,
  clipFraction: 0.05,
});

function alarms(changed: (t: number) => Record<string, number>, updates = 20) {
  const timeOf = (update: number): number => (update - 1) / (updates - 1);
  const metrics = (update: number) => ({ ...good(timeOf(update)), ...changed(timeOf(update)) });
  return alarmsOf(readRlhf(makeRun(join(folder, "run"), { updates, metrics })).runs[0]);
}

test("none of a run that is as it should be", () => {
  expect(alarms(() => ({}))).toEqual([]);
});

const peaked = (t: number): number => (t < 0.5 ? 3 * t : 3 - 3 * t);
const broken: [AlarmRule, (t: number) => Record<string, number>, RegExp][] = [
  ["negative KL", (t) => ({ kl: t < 0.5 ? t : -0.2 }), /from iteration 11 on .* top-k or top-p .* temperature/],
  ["reward over-optimized", (t) => ({ truth: peaked(t) }), /from 1\.\d\d to 0\.\d\d, while the reward went from 1\.\d\d to 2\.\d\d/], // prettier-ignore
  ["grammar lost", (t) => ({ wellFormed: 0.99 - 0.5 * t }), /54 % of the texts are well-formed; at the start 99 %/],
  ["repetition", (t) => ({ distinct: 1 - 0.4 * t }), /64 % of their clauses are distinct/],
  ["entropy collapsed", (t) => ({ entropy: 1.5 * (1 - t) }), /from 1\.50 to 0\.16 nats/],
  ["cut off", (t) => ({ ended: 1 - 0.5 * t, length: 15 + 25 * t }), /Only 55 % .* \(37\.4 tokens in the mean\)/],
  ["critic useless", () => ({ explainedVariance: -0.1 }), /explained variance is −0\.10/],
  ["too far", (t) => ({ kl: 20 * t }), /17\.9 nats.* a million texts is only 12\.8 nats away/],
  ["clipped", () => ({ clipFraction: 0.4 }), /40 % of the tokens are clipped/],
];

describe("each rule is broken alone", () => {
  test.each(broken)("%s", (rule, changed, text) => {
    const found = alarms(changed);
    expect(found.map((alarm) => alarm.rule)).toEqual([rule]);
    expect(found[0].text).toMatch(text);
  });
});

describe("but not by", () => {
  test.each<[string, (t: number) => Record<string, number>]>([
    ["a KL below 0 now and then, or by noise", (t) => ({ kl: Math.round(19 * t) % 5 === 0 ? -0.2 : -0.005 })],
    ["a truth that falls with its reward", (t) => ({ truth: peaked(t), score: 2 * peaked(t) })],
    ["a truth that falls by less than it jumps", (t) => ({ truth: 1.5 * Math.min(1, 2 * t) - 0.3 * Math.max(0, t - 0.5) })], // prettier-ignore
    ["metrics that are not there", () => ({ truth: NaN, wellFormed: NaN, distinct: NaN })],
  ])("%s", (_, changed) => {
    expect(alarms(changed)).toEqual([]);
  });

  test("a run that has only begun", () => {
    expect(alarms(() => ({ clipFraction: 1 }), 9)).toEqual([]);
    expect(alarms(() => ({ clipFraction: 1 }), 10)).toHaveLength(1);
  });
});
