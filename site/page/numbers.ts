// Numbers as they are shown.

/** A number with so many decimals, and a minus that is one. */
export const fixed = (x: number, decimals = 2): string => {
  const text = x.toFixed(decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
};

export const whole = (x: number): string => Math.round(x).toLocaleString("en");

/** A number with so many significant digits. */
export const told = (x: number, digits = 3): string =>
  (Math.abs(x) >= 1e-4 && Math.abs(x) < 1e6) || x === 0
    ? String(Number(x.toPrecision(digits))).replace("-", "−")
    : x
        .toExponential(digits - 1)
        .replace("-", "−")
        .replace("e−", "e−");

export const percent = (share: number, decimals = 0): string => `${fixed(100 * share, decimals)} %`;
