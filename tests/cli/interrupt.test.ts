import { afterEach, expect, test } from "vitest";
import { listenForInterrupt } from "../../src/cli/interrupt.ts";

const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const before = Object.fromEntries(names.map((name) => [name, process.listeners(name)]));
afterEach(() => {
  for (const name of names) {
    for (const listener of process.listeners(name)) if (!before[name].includes(listener)) process.off(name, listener);
  }
});

/** Calls only what listenForInterrupt added. */
function signal(name: (typeof names)[number]): void {
  for (const listener of process.listeners(name)) if (!before[name].includes(listener)) listener(name);
}

test("the first Ctrl-C asks to stop, the second ends the process at once", () => {
  const exits: number[] = [];
  const interruption = listenForInterrupt((code) => exits.push(code));
  expect(interruption.signal.aborted).toBe(false);
  signal("SIGINT");
  expect(interruption).toMatchObject({ signal: { aborted: true }, exitCode: 130 });
  expect(exits).toEqual([]);
  signal("SIGINT");
  expect(exits).toEqual([130]);
});

test.each([
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("so does %s, with the exit code of that", (name, exitCode) => {
  const exits: number[] = [];
  const interruption = listenForInterrupt((code) => exits.push(code));
  signal(name);
  expect(interruption.exitCode).toBe(exitCode);
  signal("SIGINT");
  expect(exits).toEqual([130]);
});

test("an error outside of all calls asks to stop as well; the first is the reason", () => {
  const interruption = listenForInterrupt(() => {});
  interruption.fail!("lost connection");
  interruption.fail!("and again");
  expect(interruption).toMatchObject({ signal: { aborted: true }, exitCode: 1, failure: { cause: "lost connection" } });
});
