import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../src/errors.ts";
import { toFloat16 } from "../src/math/half.ts";
import { decodeSafetensors, toFloat32 } from "../src/read-safetensors.ts";
import { encodeSafetensors, storedTensor } from "../src/safetensors.ts";
import type { StoredTensor, TensorArray } from "../src/safetensors.ts";

/** A file from a header as written and its data, so that a test can say what no writer would. */
function raw(header: unknown, data: number[] = [], pad = true): Uint8Array {
  let json = typeof header === "string" ? header : JSON.stringify(header);
  while (pad && json.length % 8 !== 0) json += " ";
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(new TextEncoder().encode(json), 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

describe("encodeSafetensors", () => {
  test("writes the documented layout, byte for byte", () => {
    const bytes = encodeSafetensors([["w", storedTensor(new Float32Array([1, -2]), [1, 2])]], { by: "me" });
    const header = '{"__metadata__":{"by":"me"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    const expected = new Uint8Array(8 + padded.length + 8);
    expected[0] = padded.length;
    expected.set(new TextEncoder().encode(padded), 8);
    expected.set([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0], 8 + padded.length);
    expect(bytes).toEqual(expected);
  });

  test("starts data at a multiple of 8 bytes, and each tensor at a multiple of its element's size", () => {
    const bytes = encodeSafetensors([
      ["a", storedTensor(new Uint8Array(3))],
      ["b", storedTensor(new Float64Array(2))],
      ["c", storedTensor(new Int32Array(1))],
      ["d", storedTensor(new Uint16Array(1))],
    ]);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(header.b.data_offsets).toEqual([0, 16]);
    expect(header.c.data_offsets).toEqual([16, 20]);
    expect(header.d.data_offsets).toEqual([20, 22]);
    expect(header.a.data_offsets).toEqual([22, 25]);
  });

  test("gives the same bytes whatever the order of tensors and metadata", () => {
    const a: [string, StoredTensor] = ["a", storedTensor(new Float32Array([1]))];
    const b: [string, StoredTensor] = ["b", storedTensor(new Float32Array([2]))];
    expect(encodeSafetensors([b, a], { y: "1", x: "2" })).toEqual(encodeSafetensors([a, b], { x: "2", y: "1" }));
  });

  test("refuses what it could not read back", () => {
    const one = new Float32Array(1);
    expect(() => encodeSafetensors([["w", storedTensor(one, [2])]])).toThrow('"w" has the shape [2] but 1 elements');
    expect(() => encodeSafetensors([["__metadata__", storedTensor(one)]])).toThrow("keeps that name");
    expect(() => encodeSafetensors([["w", { dtype: "F64", shape: [1], data: one }]])).toThrow(
      "takes a Float64Array, not a Float32Array",
    );
    const pair: [string, StoredTensor] = ["w", storedTensor(one)];
    expect(() => encodeSafetensors([pair, pair])).toThrow('two tensors are called "w"');
  });
});

describe("decodeSafetensors", () => {
  const arrays: fc.Arbitrary<TensorArray> = fc.oneof(
    fc.float32Array(),
    fc.float64Array(),
    fc.int32Array(),
    fc.uint32Array(),
    fc.int16Array(),
    fc.uint16Array(),
    fc.int8Array(),
    fc.uint8Array(),
    fc.bigInt64Array(),
    fc.bigUint64Array(),
  );

  test("gives back what was encoded, whatever the names, types and alignment of the bytes", () => {
    const names = fc.string({ unit: "grapheme" }).filter((name) => name !== "__metadata__");
    const files = fc.tuple(
      fc.dictionary(names, arrays),
      fc.dictionary(names, fc.string()),
      fc.integer({ min: 0, max: 7 }),
    );
    fc.assert(
      fc.property(files, ([tensors, metadata, shift]) => {
        const bytes = encodeSafetensors(
          Object.entries(tensors).map(([name, data]) => [name, storedTensor(data)]),
          metadata,
        );
        const buffer = Buffer.from(new ArrayBuffer(bytes.length + shift)); // whose slice() does not copy
        const shifted = shift % 2 === 0 ? buffer.subarray(shift) : new Uint8Array(buffer.buffer, shift);
        shifted.set(bytes);
        const file = decodeSafetensors(shifted);
        expect(file.metadata).toEqual({ ...metadata });
        expect(new Set(file.tensors.keys())).toEqual(new Set(Object.keys(tensors)));
        for (const [name, data] of Object.entries(tensors)) {
          expect(file.tensors.get(name)?.data).toEqual(data);
          expect(file.tensors.get(name)?.shape).toEqual([data.length]);
        }
      }),
    );
  });

  test("keeps shapes, scalars, empty tensors, and the bits of 16-bit floats", () => {
    const half = new Uint16Array([0x3c00, 0x7e01]);
    const bytes = encodeSafetensors([
      ["matrix", storedTensor(new Float32Array(6), [2, 3])],
      ["scalar", storedTensor(new Float64Array([0.1]), [])],
      ["empty", storedTensor(new Int32Array(0), [0, 4])],
      ["half", { dtype: "F16", shape: [2], data: half }],
      ["flags", { dtype: "BOOL", shape: [2], data: new Uint8Array([0, 1]) }],
    ]);
    const { tensors } = decodeSafetensors(bytes);
    expect(tensors.get("matrix")?.shape).toEqual([2, 3]);
    expect(tensors.get("scalar")).toEqual({ dtype: "F64", shape: [], data: new Float64Array([0.1]) });
    expect(tensors.get("empty")?.data.length).toBe(0);
    expect(tensors.get("half")).toEqual({ dtype: "F16", shape: [2], data: half });
    expect(tensors.get("flags")?.dtype).toBe("BOOL");
  });

  test("a tensor may be called __proto__", () => {
    const bytes = encodeSafetensors([["__proto__", storedTensor(new Float32Array([1]))]]);
    expect(decodeSafetensors(bytes).tensors.get("__proto__")?.data).toEqual(new Float32Array([1]));
  });

  test("reads a header without padding", () => {
    const bytes = raw('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} ', [0, 0, 128, 63], false);
    expect((bytes.length - 4) % 4).not.toBe(0);
    expect(decodeSafetensors(bytes).tensors.get("w")?.data).toEqual(new Float32Array([1]));
  });

  test("a file cut at any byte gives a clear InputError", () => {
    const whole = encodeSafetensors([["w", storedTensor(new Float32Array([1, 2]))]], { step: "12" });
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeSafetensors(whole.subarray(0, length), "last.safetensors")).toThrow(InputError);
      expect(() => decodeSafetensors(whole.subarray(0, length), "last.safetensors")).toThrow(
        /^last.safetensors .*cut short/,
      );
    }
  });

  const entry = { dtype: "U8", shape: [2], data_offsets: [0, 2] };
  test.each([
    ["no header", new Uint8Array(100).fill(0xff), "does not start with the length of a header"],
    ["header that is not JSON", raw("{nonsense"), "header is not JSON"],
    ["header that is a list", raw([]), "not a JSON object"],
    ["header that is not UTF-8", raw("{}").fill(0xff, 8), "header is not JSON"],
    ["a name twice", raw('{"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'), "two members of the same name"], // prettier-ignore
    ["a size of −0", raw('{"w":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}'), "has the shape [-0], which is not a list of sizes"], // prettier-ignore
    ["sizes whose product overflows", raw({ w: { dtype: "U8", shape: Array(60).fill(2 ** 52), data_offsets: [0, 0] } }), "takes Infinity bytes, not 0"], // prettier-ignore
    ["a dtype of 100,000 levels", raw(`{"w":{"dtype":${"[".repeat(1e5)}${"]".repeat(1e5)},"shape":[],"data_offsets":[0,0]}}`), 'tensor "w" has the dtype [[[['], // prettier-ignore
    ["a shape of 100,000 levels", raw(`{"w":{"dtype":"U8","shape":${"[".repeat(1e5)}${"]".repeat(1e5)},"data_offsets":[0,0]}}`), 'tensor "w" has the shape [[[['], // prettier-ignore
    ["metadata that is not text", raw({ __metadata__: { step: 3 } }), "not a map from strings to strings"],
    ["entry that is no object", raw({ w: 3 }), 'entry of tensor "w" is not an object'],
    ["unknown dtype", raw({ w: { ...entry, dtype: "F12" } }, [1, 2]), 'dtype "F12"; known are F64'],
    ["inherited dtype", raw({ w: { ...entry, dtype: "toString" } }, [1, 2]), 'dtype "toString"'],
    ["negative size", raw({ w: { ...entry, shape: [-2] } }, [1, 2]), "not a list of sizes"],
    ["one offset", raw({ w: { ...entry, data_offsets: [0] } }, [1, 2]), "not a start and an end"],
    ["end before start", raw({ w: { ...entry, data_offsets: [2, 0] } }, [1, 2]), "before its start"],
    ["data out of range", raw({ w: { ...entry, data_offsets: [1, 3] } }, [1, 2]), "it is cut short"],
    ["wrong length", raw({ w: { ...entry, shape: [3] } }, [1, 2]), "takes 3 bytes, not 2"],
    ["overlap", raw({ v: entry, w: { ...entry, data_offsets: [1, 3] } }, [1, 2, 3]), '"w" overlaps "v" at byte 1'],
    ["hole", raw({ v: entry, w: { ...entry, data_offsets: [3, 5] } }, [1, 2, 3, 4, 5]), "bytes 2 to 3 of the data"],
    ["trailing bytes", raw({ w: entry }, [1, 2, 3]), "the last 1 bytes belong to no tensor"],
  ])("%s: says so", (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(InputError);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });
});

describe("toFloat32", () => {
  const values = Float32Array.of(1, -0.5, 65504, Infinity);
  const upper = (x: Float32Array): Uint16Array => new Uint16Array(x.buffer).filter((_, i) => i % 2 === 1);

  test("reads F32, F16 and BF16 from a file, F32 where it lies", () => {
    const bytes = encodeSafetensors([
      ["f32", storedTensor(values)],
      ["f16", { dtype: "F16", shape: [4], data: toFloat16(values) }],
      ["bf16", { dtype: "BF16", shape: [2], data: upper(values.slice(0, 2)) }],
    ]);
    const { tensors } = decodeSafetensors(bytes);
    expect(toFloat32(tensors.get("f32")!, "f32")).toEqual(values);
    expect(toFloat32(tensors.get("f32")!, "f32").buffer).toBe(bytes.buffer);
    expect(toFloat32(tensors.get("f16")!, "f16")).toEqual(values);
    expect(toFloat32(tensors.get("bf16")!, "bf16")).toEqual(values.slice(0, 2));
  });

  test("refuses other dtypes, by the tensor's name", () => {
    const raw16 = storedTensor(new Uint16Array(1));
    expect(() => toFloat32(raw16, 'a.safetensors: tensor "w"')).toThrow(
      new InputError('a.safetensors: tensor "w" is U16, where F32, F16 or BF16 is needed'),
    );
  });
});
