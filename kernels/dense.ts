// What networks of dense layers need in a page: with neither of the parts that parts.ts names.

export { run, runBlocks, runOnce, runPiece, runStrand, tryTiles } from "./interpreter";

// Functions of their own, as in index.ts: the compiler would inline their loops.
export {
  binary,
  flatCopy,
  flatExp,
  flatLog,
  flatNeg,
  flatRelu,
  flatReluGradient,
  flatSigmoid,
  flatSqrt,
  flatSquare,
  flatTanh,
  flatTanhGradient,
} from "./elementwise";
export { adam } from "./optimizer";
export { reduceSlots, sum } from "./reductions";
