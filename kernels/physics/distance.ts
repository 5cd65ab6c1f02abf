// The distance of a body's polygon from a shape of the ground, without their skins: the GJK algorithm with barycentric
// coordinates (b2Distance), remembering its simplex for the next call.

import { cross, dot, length } from "./arithmetic";
import { Shape, Transform, vertexAt } from "./layout";
import { epsilon } from "./settings";

/** A point of the difference of both shapes, and the vertices that it is of. */
@unmanaged
class SimplexVertex {
  groundX: f32;
  groundY: f32;
  bodyX: f32;
  bodyY: f32;
  x: f32;
  y: f32;
  weight: f32;
  groundIndex: i32;
  bodyIndex: i32;
}

/** The simplex at the end of a search; a count of 0 remembers nothing. */
@unmanaged
export class SimplexCache {
  metric: f32;
  count: i32;
  ground0: i32;
  ground1: i32;
  ground2: i32;
  body0: i32;
  body1: i32;
  body2: i32;
}

export const simplexSize: usize = 3 * offsetof<SimplexVertex>();

const maxIterations = 20;

@inline
function at(simplex: usize, index: i32): SimplexVertex {
  return changetype<SimplexVertex>(simplex + <usize>index * offsetof<SimplexVertex>());
}

@inline
function copyVertex(simplex: usize, from: i32, to: i32): void {
  memory.copy(changetype<usize>(at(simplex, to)), changetype<usize>(at(simplex, from)), offsetof<SimplexVertex>());
}

/** The vertex farthest in a direction. */
export function support(shape: Shape, x: f32, y: f32): i32 {
  let best = 0;
  let most = dot(vertexAt(shape, 0).x, vertexAt(shape, 0).y, x, y);
  for (let i = 1; i < shape.count; i++) {
    const value = dot(vertexAt(shape, i).x, vertexAt(shape, i).y, x, y);
    if (value > most) {
      best = i;
      most = value;
    }
  }
  return best;
}

function setVertex(v: SimplexVertex, ground: Shape, g: i32, shape: Shape, b: i32, transform: Transform): void {
  v.groundIndex = g;
  v.bodyIndex = b;
  v.groundX = vertexAt(ground, g).x;
  v.groundY = vertexAt(ground, g).y;
  const local = vertexAt(shape, b);
  v.bodyX = transform.cos * local.x - transform.sin * local.y + transform.x;
  v.bodyY = transform.sin * local.x + transform.cos * local.y + transform.y;
  v.x = v.bodyX - v.groundX;
  v.y = v.bodyY - v.groundY;
}

@inline
function pairKey(v: SimplexVertex): i32 {
  return (v.groundIndex << 8) | v.bodyIndex;
}

/** The distance, with room for a simplex at `simplex`. */
export function distance(ground: Shape, shape: Shape, transform: Transform, cache: SimplexCache, simplex: usize): f32 {
  const v0 = at(simplex, 0);
  const v1 = at(simplex, 1);
  const v2 = at(simplex, 2);
  let count = cache.count;
  if (count > 0) setVertex(v0, ground, cache.ground0, shape, cache.body0, transform);
  if (count > 1) setVertex(v1, ground, cache.ground1, shape, cache.body1, transform);
  if (count > 2) setVertex(v2, ground, cache.ground2, shape, cache.body2, transform);
  if (count > 1) {
    // A simplex that has changed too much is no good start.
    const size = metric(simplex, count);
    if (size < <f32>0.5 * cache.metric || <f32>2 * cache.metric < size || size < epsilon) count = 0;
  }
  if (count == 0) {
    setVertex(v0, ground, 0, shape, 0, transform);
    v0.weight = 1;
    count = 1;
  }

  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const seen = count;
    const seen0 = pairKey(v0);
    const seen1 = pairKey(v1);
    const seen2 = pairKey(v2);
    if (count == 2) count = solve2(simplex);
    else if (count == 3) count = solve3(simplex);
    if (count == 3) break; // the origin is inside: they overlap
    let dx: f32;
    let dy: f32;
    if (count == 1) {
      dx = -v0.x;
      dy = -v0.y;
    } else {
      const ex = v1.x - v0.x;
      const ey = v1.y - v0.y;
      const left = cross(ex, ey, -v0.x, -v0.y) > 0;
      dx = left ? -ey : ey;
      dy = left ? ex : -ex;
    }
    if (dot(dx, dy, dx, dy) < epsilon * epsilon) break;
    const g = support(ground, -dx, -dy);
    const b = support(shape, transform.cos * dx + transform.sin * dy, -transform.sin * dx + transform.cos * dy);
    const vertex = at(simplex, count);
    setVertex(vertex, ground, g, shape, b, transform);
    const key = pairKey(vertex);
    if (key == seen0 || (seen > 1 && key == seen1) || (seen > 2 && key == seen2)) break;
    count++;
  }

  cache.metric = metric(simplex, count);
  cache.count = count;
  cache.ground0 = v0.groundIndex;
  cache.body0 = v0.bodyIndex;
  cache.ground1 = v1.groundIndex;
  cache.body1 = v1.bodyIndex;
  cache.ground2 = v2.groundIndex;
  cache.body2 = v2.bodyIndex;
  if (count == 3) return 0;
  if (count == 1) return length(v0.groundX - v0.bodyX, v0.groundY - v0.bodyY);
  return length(
    v0.weight * v0.groundX + v1.weight * v1.groundX - (v0.weight * v0.bodyX + v1.weight * v1.bodyX),
    v0.weight * v0.groundY + v1.weight * v1.groundY - (v0.weight * v0.bodyY + v1.weight * v1.bodyY),
  );
}

/** Length or area. */
function metric(simplex: usize, count: i32): f32 {
  const v0 = at(simplex, 0);
  const v1 = at(simplex, 1);
  const v2 = at(simplex, 2);
  if (count == 2) return length(v0.x - v1.x, v0.y - v1.y);
  if (count == 3) return cross(v1.x - v0.x, v1.y - v0.y, v2.x - v0.x, v2.y - v0.y);
  return 0;
}

/** Leaves the part of a segment that is nearest to the origin, with weights. */
function solve2(simplex: usize): i32 {
  const v0 = at(simplex, 0);
  const v1 = at(simplex, 1);
  const ex = v1.x - v0.x;
  const ey = v1.y - v0.y;
  const second = -dot(v0.x, v0.y, ex, ey);
  if (second <= 0) {
    v0.weight = 1;
    return 1;
  }
  const first = dot(v1.x, v1.y, ex, ey);
  if (first <= 0) {
    v1.weight = 1;
    copyVertex(simplex, 1, 0);
    return 1;
  }
  weigh(v0, v1, first, second);
  return 2;
}

function weigh(a: SimplexVertex, b: SimplexVertex, first: f32, second: f32): void {
  const scale = <f32>1 / (first + second);
  a.weight = first * scale;
  b.weight = second * scale;
}

/** Leaves the part of a triangle that is nearest to the origin, with weights. */
function solve3(simplex: usize): i32 {
  const v0 = at(simplex, 0);
  const v1 = at(simplex, 1);
  const v2 = at(simplex, 2);
  const ex = v1.x - v0.x;
  const ey = v1.y - v0.y;
  const d12a = dot(v1.x, v1.y, ex, ey);
  const d12b = -dot(v0.x, v0.y, ex, ey);
  const fx = v2.x - v0.x;
  const fy = v2.y - v0.y;
  const d13a = dot(v2.x, v2.y, fx, fy);
  const d13b = -dot(v0.x, v0.y, fx, fy);
  const gx = v2.x - v1.x;
  const gy = v2.y - v1.y;
  const d23a = dot(v2.x, v2.y, gx, gy);
  const d23b = -dot(v1.x, v1.y, gx, gy);
  const area = cross(ex, ey, fx, fy);
  const first = area * cross(v1.x, v1.y, v2.x, v2.y);
  const second = area * cross(v2.x, v2.y, v0.x, v0.y);
  const third = area * cross(v0.x, v0.y, v1.x, v1.y);
  if (d12b <= 0 && d13b <= 0) {
    v0.weight = 1;
    return 1;
  }
  if (d12a > 0 && d12b > 0 && third <= 0) {
    weigh(v0, v1, d12a, d12b);
    return 2;
  }
  if (d13a > 0 && d13b > 0 && second <= 0) {
    weigh(v0, v2, d13a, d13b);
    copyVertex(simplex, 2, 1);
    return 2;
  }
  if (d12a <= 0 && d23b <= 0) {
    v1.weight = 1;
    copyVertex(simplex, 1, 0);
    return 1;
  }
  if (d13a <= 0 && d23a <= 0) {
    v2.weight = 1;
    copyVertex(simplex, 2, 0);
    return 1;
  }
  if (d23a > 0 && d23b > 0 && first <= 0) {
    weigh(v1, v2, d23a, d23b);
    copyVertex(simplex, 2, 0);
    return 2;
  }
  return 3;
}
