// A worker for tests: does slots of an engine's jobs, echoes messages, and fails in every way when it is told to.

import { serve } from "../../../dist/threads/index.js";
import { add, assign, attachEngine, input, matmul, variable } from "../../../dist/tensor/index.js";

serve(async (setup, thread) => {
  if (setup?.refuse === thread) throw new Error(`thread ${thread} refuses`);
  const engine = setup?.memory && attachEngine(setup);
  const counts = setup?.counts;
  return {
    slot(words, slot) {
      if (words[0] === -1) throw new Error(`slot ${slot} is cursed`);
      if (words[0] === -2) process.exit(7);
      if (words[0] === -3) {
        wait(300);
        throw new Error("it took a while");
      }
      if (counts) Atomics.add(counts, slot, 1);
      else engine.slot(words, slot, thread);
    },
    answer(message) {
      if (message?.do === "throw") throw new RangeError(message.text);
      if (message?.do === "exit") process.exit(3);
      if (message?.do === "fill memory") for (const hoard = []; ;) hoard.push(new Array(1e5).fill(hoard.length));
      if (message?.do === "sleep") wait(message.milliseconds);
      if (message?.do === "compute") return compute(engine, message);
      return { thread, message };
    },
  };
});

const wait = (milliseconds) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/**
 * Adds 1 to the shared variable "counter" so many times, and to one of its own; then x·w with a program of `capacity`
 * rows.
 */
function compute(engine, { times, capacity }) {
  const counter = variable("counter", [3]);
  engine.attach(counter);
  const own = variable("counter", [3]);
  const updates = [counter, own].map((v) => assign(v, add(v, 1)));
  const program = engine.compile({ outputs: {}, updates });
  for (let i = 0; i < times; i++) program.run();
  const w = variable("w", [2, 5]);
  engine.attach(w);
  const x = input("x", ["rows", 2]);
  const product = engine.compile({ outputs: { y: matmul(x, w) } }, { capacity });
  product.write(x, new Float32Array(capacity * 2).fill(1));
  product.run(capacity);
  return { own: [...engine.read(own)], y: [...product.read("y").slice(-5)] };
}
