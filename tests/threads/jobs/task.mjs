// A task for tests of processes: what it is told to do.

export default async function carryOut(task, { signal, onProgress }) {
  if (task === "fail") throw new TypeError("it broke");
  if (task === "die") process.kill(process.pid, "SIGKILL");
  if (task === "leave") process.exit(3);
  const isLong = task === "long";
  for (let step = 1; step <= (isLong ? 1000 : 5); step++) {
    onProgress({ step });
    if (signal.aborted) return "interrupted";
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return "finished";
}
