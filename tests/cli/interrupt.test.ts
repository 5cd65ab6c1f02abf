import { afterEach, expect, test } from "vitest";
import { listenForInterrupt } from "../../src/cli/interrupt.ts";

const before = { SIGINT: process.listeners("SIGINT"), SIGTERM: process.listeners("SIGTERM") };
afterEach(() => {
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    for (const listener of process.listeners(name)) if (!before[name].includes(listener)) process.off(name, listener);
  }
});

/** Calls only what listenForInterrupt added. */
function signal(name: "SIGINT" | "SIGTERM"): void {
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

test("so does a request to terminate, with the exit code of that", () => {
  const exits: number[] = [];
  const interruption = listenForInterrupt((code) => exits.push(code));
  signal("SIGTERM");
  expect(interruption.exitCode).toBe(143);
  signal("SIGINT");
  expect(exits).toEqual([130]);
});
