// How fast a training goes now, rather than since its start.

/** Seconds over which speed is averaged. */
const windowSeconds = 5;

/**
 * A function that takes the time in seconds and the steps done, and gives the steps per second over the last few
 * seconds: 0 until time has passed.
 */
export function speedometer(startSeconds: number, startStep: number): (seconds: number, step: number) => number {
  const marks = [{ seconds: startSeconds, step: startStep }];
  return (seconds, step) => {
    // A mark every tenth of the window is enough, however short the updates are.
    if (seconds - (marks.at(-1)?.seconds ?? 0) >= windowSeconds / 10) marks.push({ seconds, step });
    while (marks.length > 2 && seconds - (marks[1]?.seconds ?? 0) >= windowSeconds) marks.shift();
    const first = marks[0];
    return seconds > first.seconds ? (step - first.step) / (seconds - first.seconds) : 0;
  };
}
