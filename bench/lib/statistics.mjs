// Medians with their range, and ratios round by round.

/** { median, min, max } of the numbers, or undefined where there are none. */
export function summarize(values) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}

/** Ratios of the same round, `top[i] / bottom[i]`, summarized. */
export function ratios(top, bottom) {
  const pairs = Math.min(top.length, bottom.length);
  return summarize(Array.from({ length: pairs }, (_, i) => top[i] / bottom[i]));
}

/** "2.31 (2.25–2.40)", with at least three digits of the number. */
export function format(summary, unit = "") {
  if (!summary) return "";
  const size = Math.abs(summary.median);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  const show = (value) =>
    value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const range =
    summary.min === summary.max ? "" : ` (${show(summary.min)}${summary.min < 0 ? " to " : "–"}${show(summary.max)})`;
  return `${show(summary.median)}${unit}${range}`;
}

/** Mean and half the width of its 95 % interval, by Student's t. */
export function intervalOf(values) {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  if (n < 2) return { mean, half: Infinity };
  const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1));
  // The quantile of t for n − 1 degrees of freedom, to a thousandth from five on (Abramowitz & Stegun 26.7.5).
  const [z, v] = [1.959964, n - 1];
  const t = z + (z ** 3 + z) / (4 * v) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * v ** 2);
  return { mean, half: (t * deviation) / Math.sqrt(n) };
}
