// Whether one quantity rises with another, whatever the shape of the curve: Spearman's rank correlation.

/**
 * Spearman's ρ of pairs: Pearson's correlation of their ranks, equal values sharing the mean of theirs. 1 where y never
 * falls with x, −1 where it never rises; NaN if either is constant.
 */
export function rankCorrelation(x: readonly number[], y: readonly number[]): number {
  if (x.length !== y.length) throw new Error(`${x.length} and ${y.length} values are not pairs`);
  const [a, b] = [ranks(x), ranks(y)];
  const center = (x.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    xy += (a[i] - center) * (b[i] - center);
    xx += (a[i] - center) * (a[i] - center);
    yy += (b[i] - center) * (b[i] - center);
  }
  return xy / Math.sqrt(xx * yy);
}

/** The place of each value in ascending order, from 0. */
function ranks(values: readonly number[]): Float64Array {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
  const places = new Float64Array(values.length);
  for (let first = 0; first < order.length;) {
    let last = first;
    while (last + 1 < order.length && values[order[last + 1]] === values[order[first]]) last++;
    for (let k = first; k <= last; k++) places[order[k]] = (first + last) / 2;
    first = last + 1;
  }
  return places;
}
