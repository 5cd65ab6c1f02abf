// What Node and pages have as globals, and the pages of jsdom lack, in which tests of others run: there it is Node's, or
// our own.

const { TextEncoder, TextDecoder } = globalThis.TextEncoder
  ? globalThis
  : (globalThis.process.getBuiltinModule("node:util") as unknown as typeof globalThis);
export { TextEncoder, TextDecoder };

/** A deep copy of a state: of numbers and texts, arrays, typed arrays and plain objects. */
export const copyOf: <State>(state: State) => State =
  typeof structuredClone === "function" ? (state) => structuredClone(state) : copied;

function copied<State>(state: State): State {
  if (typeof state !== "object" || state === null) return state;
  if (ArrayBuffer.isView(state)) return (state as unknown as Float64Array).slice() as unknown as State;
  if (Array.isArray(state)) return state.map(copied) as State;
  return Object.fromEntries(Object.entries(state).map(([key, value]) => [key, copied(value)])) as State;
}
