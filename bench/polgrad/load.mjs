// Loads the built library, or says how to build it.

/**
 * The namespace of dist/index.js, with vectors as wide as the Node at hand has them, as the command sets them;
 * POLGRAD_VECTORS=128 keeps them narrow.
 */
export async function loadPolgrad() {
  try {
    const polgrad = await import("../../dist/bundle/index.js");
    polgrad.allowWideVectors(process.env);
    return polgrad;
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    return fail("polgrad is not built: run `npm run build` first");
  }
}

/** One line on stderr, exit code 2. */
export function fail(message) {
  console.error(message);
  process.exit(2);
}
