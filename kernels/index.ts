// The whole module.

export { run, runBlocks, runOnce, runPiece, runStrand, tryTiles } from "./interpreter";

// Functions of their own in the module, so that tests find which of them V8 joins to wider vectors.
export {
  binary,
  flatCopy,
  flatExp,
  flatGelu,
  flatGeluSlope,
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
export { wideTiles } from "./wide";
