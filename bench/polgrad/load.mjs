// Loads the built library, or says how to build it.

/** @returns the namespace of dist/index.js */
export async function loadPolgrad() {
  try {
    return await import("../../dist/index.js");
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
