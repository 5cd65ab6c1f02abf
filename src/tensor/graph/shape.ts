// Shapes of symbolic tensors: static sizes, except that the first may be "rows", which varies from run to run.

/** A static size, or "rows": the number of rows, which varies from run to run. */
export type Dimension = number | "rows";
/** Sizes of the axes, outermost first; [] is a scalar. Only the first may be "rows". */
export type Shape = readonly Dimension[];

/** True if the shape's leading dimension varies at run time. */
export const hasRows = (shape: Shape): boolean => shape[0] === "rows";

/** The number of elements of a static shape, or per row of a shape that leads with "rows". */
export function staticSize(shape: Shape): number {
  let size = 1;
  for (const d of shape) if (d !== "rows") size *= d;
  return size;
}

/** `[rows, 4]`, for messages. */
export const formatShape = (shape: Shape): string => `[${shape.join(", ")}]`;

/** Whether two shapes have the same axes; "rows" equals only itself. */
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

/** Throws unless every size is a positive integer, or the first is "rows". */
export function checkShape(shape: Shape, where: string): void {
  shape.forEach((d, axis) => {
    if (d === "rows" ? axis !== 0 : !Number.isInteger(d) || d < 1)
      throw new TypeError(
        `${where}: shape ${formatShape(shape)} has ${JSON.stringify(d)} at axis ${axis}; ` +
          `sizes must be positive integers, and only the first may be "rows"`,
      );
  });
}

/** NumPy's broadcasting of two shapes, aligned at the last axis. */
export function broadcastShapes(a: Shape, b: Shape, where: string): Shape {
  const rank = Math.max(a.length, b.length);
  const result: Dimension[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw new TypeError(`${where}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast`);
    result.push(x === 1 ? y : x);
  }
  checkShape(result, where);
  return result;
}

/** The shape with a concrete number of rows, for buffers and for the reference backend. */
export const concreteShape = (shape: Shape, rows: number): number[] => shape.map((d) => (d === "rows" ? rows : d));

/** The number of elements for a given number of rows. */
export const concreteSize = (shape: Shape, rows: number): number => staticSize(shape) * (hasRows(shape) ? rows : 1);
