// Running moments normalize observations and rewards, in policies as in wrappers of environments.
export { createMoments, mergeMoments, rescale, standardize, updateMoments, type Moments } from "../math/moments.ts";
