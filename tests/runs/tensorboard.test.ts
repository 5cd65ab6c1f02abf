import { describe, expect, test } from "vitest";
import { eventFileName, lengthUpToStep, scalarsRecord, versionRecord } from "../../src/runs/tensorboard.ts";
import { readEvents } from "./read-events.ts";

describe("event files", () => {
  test("the version record is what TensorFlow writes, byte for byte", () => {
    // data: 09 <double> 1a 0d "brain.Event:2"; the CRC of the length 24 is that of every TensorFlow file.
    const bytes = versionRecord(0);
    expect(bytes.length).toBe(12 + 24 + 4);
    expect(Buffer.from(bytes.subarray(0, 12)).toString("hex")).toBe("1800000000000000" + "a37f4b22");
    expect(Buffer.from(bytes.subarray(12, 36)).toString("latin1")).toBe("\t" + "\0".repeat(8) + "\x1a\rbrain.Event:2");
  });

  test("an independent reader finds every value", () => {
    const file = Buffer.concat([
      versionRecord(1_700_000_000.25),
      scalarsRecord(1_700_000_001.5, 512, { "charts/mean return": 22.5, "losses/größe": -1e-3 }),
      scalarsRecord(1_700_000_002, 5_000_000_000, { nan: NaN, inf: -Infinity }),
    ]);
    expect(readEvents(file)).toEqual([
      { wallTime: 1_700_000_000.25, fileVersion: "brain.Event:2", scalars: [] },
      {
        wallTime: 1_700_000_001.5,
        step: 512n,
        scalars: [
          ["charts/mean return", 22.5],
          ["losses/größe", Math.fround(-1e-3)],
        ],
      },
      {
        wallTime: 1_700_000_002,
        step: 5_000_000_000n,
        scalars: [
          ["nan", NaN],
          ["inf", -Infinity],
        ],
      },
    ]);
  });

  test("lengthUpToStep keeps whole records of steps up to the given one", () => {
    const records = [versionRecord(0), ...[128, 256, 40_000].map((step) => scalarsRecord(1, step, { x: step }))];
    const file = Buffer.concat(records);
    const ends = records.map((_, i) => records.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0));
    expect(lengthUpToStep(file, 0)).toBe(ends[0]);
    expect(lengthUpToStep(file, 255)).toBe(ends[1]);
    expect(lengthUpToStep(file, 256)).toBe(ends[2]);
    expect(lengthUpToStep(file, 1e9)).toBe(ends[3]);
    expect(lengthUpToStep(file.subarray(0, -1), 1e9)).toBe(ends[2]); // the last record was not finished
    expect(lengthUpToStep(file.subarray(0, 7), 1e9)).toBe(0);
  });

  test("the file's name has the time first, and nothing that a file system refuses", () => {
    expect(eventFileName(new Date(1_700_000_000_999), "my host/1")).toBe("events.out.tfevents.1700000000.my-host-1");
  });
});
