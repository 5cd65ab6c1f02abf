// What a build has. scripts/build-kernels.mjs makes others of it, which have not.

/** The operations of models of language. */
export const hasLanguage: bool = true;
/** Tiles of 256 bits, which V8 makes of those of 128 where Node allows it. */
export const hasWide: bool = true;
