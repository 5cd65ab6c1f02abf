// The saved state of an environment that is a few numbers and a generator.
import { InputError, RunError } from "../errors.ts";
import { createGenerator, type Generator, type GeneratorState } from "../random/index.ts";

/** The state between two steps, as JSON. */
export interface SavedState {
  state: number[];
  generator: GeneratorState;
}

/** The state that `getState` returns. */
export function saveState(name: string, state: Float64Array, generator: Generator | null): SavedState {
  if (generator === null) throw new RunError(`${name}: getState() before the first reset()`);
  return { state: Array.from(state), generator: generator.getState() };
}

/** Writes what {@link saveState} returned into `state` and `current`, and returns the generator to continue with. */
export function restoreState(name: string, saved: unknown, state: Float64Array, current: Generator | null): Generator {
  const { state: numbers, generator: generatorState } = (saved ?? {}) as SavedState;
  if (!Array.isArray(numbers) || numbers.length !== state.length) throw new InputError(`not a state of ${name}`);
  const generator = current ?? createGenerator(0);
  generator.setState(generatorState);
  state.set(numbers);
  return generator;
}
