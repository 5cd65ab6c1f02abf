// Elementary functions of doubles whose results are the same bits on every JavaScript engine; Math's are not.
export { atan2 } from "./inverse-trigonometric.ts";
export { exp, expm1 } from "./exponential.ts";
export { log, log1p } from "./logarithm.ts";
export { pow } from "./power.ts";
export { tanh } from "./hyperbolic.ts";
export { cos, sin, tan } from "./trigonometric.ts";
