import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { allowWideVectors, vectorSupport } from "../../src/tensor/index.ts";

test("POLGRAD_VECTORS keeps vectors narrow, or changes nothing, or is told to be wrong", () => {
  expect(vectorSupport({ POLGRAD_VECTORS: "128" })).toEqual({ bits: 128, reason: "POLGRAD_VECTORS=128 says so" });
  for (const same of ["256", "", undefined]) expect(vectorSupport({ POLGRAD_VECTORS: same })).toEqual(vectorSupport());
  for (const ask of [vectorSupport, allowWideVectors])
    expect(() => ask({ POLGRAD_VECTORS: "512" })).toThrow(new InputError('POLGRAD_VECTORS: "512" is not 128 or 256'));
});
