// Files of a later version are told from files of something else.

import { describe, expect, test } from "vitest";
import {
  createTraining,
  decodeSafetensors,
  encodeSafetensors,
  loadPolicy,
  readCheckpoint,
} from "../../src/training/index.ts";

const training = await createTraining("a2c", { env: "Identity-v0", hidden: [2], envs: 1 });

/** A file whose description says that it has another format. */
function withFormat(bytes: Uint8Array, format: unknown): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(bytes, "the file");
  const polgrad = JSON.stringify({ ...(JSON.parse(metadata.polgrad) as object), format });
  return encodeSafetensors([...tensors], { ...metadata, polgrad });
}

describe.each([
  ["a policy", training.savePolicy(), loadPolicy, "polgrad-policy-1", "polgrad-policy-2"],
  [
    "a checkpoint",
    training.checkpoint(),
    async (bytes: Uint8Array) => readCheckpoint(bytes),
    "polgrad-checkpoint-4",
    "polgrad-checkpoint-10",
  ],
] as const)("%s", (_, bytes, read: (bytes: Uint8Array) => Promise<unknown>, own, newer) => {
  test("of this version is read", async () => expect(await read(bytes)).toBeTruthy());

  test("of a later one was written by a newer polgrad", () =>
    expect(read(withFormat(bytes, newer))).rejects.toThrow(
      `was written by a newer polgrad: its format is ${newer}, and this one reads up to ${own}`,
    ));

  test.each(["other-2", "polgrad-policies-2", `${own}-2`, `${own}9x`, 3, null])(
    "of the format %j is not one",
    (format) => expect(read(withFormat(bytes, format))).rejects.toThrow(/not a (policy|checkpoint) that polgrad/),
  );
});
