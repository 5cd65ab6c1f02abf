// Convex polygons and edges: hulls, mass, bounding boxes, rays (b2PolygonShape, b2EdgeShape).

import { cross, dot, larger, length, scaleToUnit, smaller } from "./arithmetic";
import { Body, Shape, Transform, normalAt, vectorAt, vertexAt } from "./layout";
import { boxMargin, boxMultiplier, epsilon, skin } from "./settings";

/** An edge's one normal looks to the right of its way. */
export function setEdge(shape: Shape, x1: f32, y1: f32, x2: f32, y2: f32): void {
  shape.count = 2;
  const first = vertexAt(shape, 0);
  first.x = x1;
  first.y = y1;
  const second = vertexAt(shape, 1);
  second.x = x2;
  second.y = y2;
  setNormal(shape, 0, 1);
}

export function setBox(shape: Shape, halfWidth: f32, halfHeight: f32): void {
  shape.count = 4;
  shape.centroidX = 0;
  shape.centroidY = 0;
  for (let i = 0; i < 4; i++) {
    const right = i == 1 || i == 2;
    const up = i >= 2;
    const vertex = vertexAt(shape, i);
    vertex.x = right ? halfWidth : -halfWidth;
    vertex.y = up ? halfHeight : -halfHeight;
    const normal = normalAt(shape, i);
    normal.x = <f32>(i == 1 ? 1 : i == 3 ? -1 : 0);
    normal.y = <f32>(i == 0 ? -1 : i == 2 ? 1 : 0);
  }
}

/**
 * The hull of `count` points that stand as float32 pairs at `points`, counterclockwise from the rightmost (the lowest
 * of those), by gift wrapping. The number of its vertices; less than 3 where it has no area, or more than `limit`
 * corners.
 */
export function setHull(shape: Shape, points: usize, count: i32, limit: i32): i32 {
  let start = 0;
  for (let i = 1; i < count; i++) {
    const point = vectorAt(points, i);
    const best = vectorAt(points, start);
    if (point.x > best.x || (point.x == best.x && point.y < best.y)) start = i;
  }
  let size = 0;
  let from = start;
  do {
    if (size == limit) return 0;
    const corner = vectorAt(points, from);
    const vertex = vertexAt(shape, size++);
    vertex.x = corner.x;
    vertex.y = corner.y;
    // The next corner leaves all others to its left; of those in line, the farthest.
    let next = 0;
    for (let j = 1; j < count; j++) {
      if (next == from) {
        next = j;
        continue;
      }
      const rx = vectorAt(points, next).x - corner.x;
      const ry = vectorAt(points, next).y - corner.y;
      const vx = vectorAt(points, j).x - corner.x;
      const vy = vectorAt(points, j).y - corner.y;
      const side = cross(rx, ry, vx, vy);
      if (side < 0) next = j;
      if (side == 0 && dot(vx, vy, vx, vy) > dot(rx, ry, rx, ry)) next = j;
    }
    from = next;
  } while (from != start);
  shape.count = size;
  if (size < 3) return size;
  for (let i = 0; i < size; i++) setNormal(shape, i, i + 1 < size ? i + 1 : 0);
  return setCentroid(shape) > epsilon ? size : 0;
}

function setNormal(shape: Shape, from: i32, to: i32): void {
  const edgeX = vertexAt(shape, to).x - vertexAt(shape, from).x;
  const edgeY = vertexAt(shape, to).y - vertexAt(shape, from).y;
  const scale = scaleToUnit(length(edgeX, edgeY));
  const normal = normalAt(shape, from);
  normal.x = edgeY * scale;
  normal.y = -edgeX * scale;
}

/** Returns the area. */
function setCentroid(shape: Shape): f32 {
  const third: f32 = <f32>1 / <f32>3;
  let x: f32 = 0;
  let y: f32 = 0;
  let area: f32 = 0;
  for (let i = 0; i < shape.count; i++) {
    const p = vertexAt(shape, i);
    const q = vertexAt(shape, i + 1 < shape.count ? i + 1 : 0);
    const triangle = <f32>0.5 * cross(p.x, p.y, q.x, q.y);
    area += triangle;
    x += triangle * third * (p.x + q.x);
    y += triangle * third * (p.y + q.y);
  }
  const scale = <f32>1 / area;
  shape.centroidX = x * scale;
  shape.centroidY = y * scale;
  return area;
}

/** Mass, centre of mass and inertia of a body of one polygon. */
export function setMass(body: Body, shape: Shape, density: f32): void {
  const third: f32 = <f32>1 / <f32>3;
  // The area is cut into triangles around the mean of the vertices.
  let meanX: f32 = 0;
  let meanY: f32 = 0;
  for (let i = 0; i < shape.count; i++) {
    meanX += vertexAt(shape, i).x;
    meanY += vertexAt(shape, i).y;
  }
  const share = <f32>1 / <f32>shape.count;
  meanX *= share;
  meanY *= share;
  let x: f32 = 0;
  let y: f32 = 0;
  let area: f32 = 0;
  let inertia: f32 = 0;
  for (let i = 0; i < shape.count; i++) {
    const p = vertexAt(shape, i);
    const q = vertexAt(shape, i + 1 < shape.count ? i + 1 : 0);
    const px = p.x - meanX;
    const py = p.y - meanY;
    const qx = q.x - meanX;
    const qy = q.y - meanY;
    const parallelogram = cross(px, py, qx, qy);
    const triangle = <f32>0.5 * parallelogram;
    area += triangle;
    x += triangle * third * (px + qx);
    y += triangle * third * (py + qy);
    const xx = px * px + qx * px + qx * qx;
    const yy = py * py + qy * py + qy * qy;
    inertia += <f32>0.25 * third * parallelogram * (xx + yy);
  }
  const mass = density * area;
  const scale = <f32>1 / area;
  x *= scale;
  y *= scale;
  const centerX = x + meanX;
  const centerY = y + meanY;
  // About the origin, and then about the centre of mass: so that it rounds as Box2D's.
  inertia *= density;
  inertia += mass * (dot(centerX, centerY, centerX, centerY) - dot(x, y, x, y));
  body.inverseMass = <f32>1 / mass;
  const localX = mass * centerX * body.inverseMass;
  const localY = mass * centerY * body.inverseMass;
  inertia -= mass * dot(localX, localY, localX, localY);
  // Rounding may leave nothing of a sliver far from its origin: it does not turn then.
  body.inverseInertia = inertia > 0 ? <f32>1 / inertia : 0;
  const oldX = body.centerX;
  const oldY = body.centerY;
  body.localCenterX = localX;
  body.localCenterY = localY;
  body.centerX = body.center0X = body.cos * localX - body.sin * localY + body.x;
  body.centerY = body.center0Y = body.sin * localX + body.cos * localY + body.y;
  body.velocityX += -body.angularVelocity * (body.centerY - oldY);
  body.velocityY += body.angularVelocity * (body.centerX - oldX);
}

/** The box of a shape in the world's own frame, with its margin. */
export function boxOfGround(shape: Shape): void {
  const first = vertexAt(shape, 0);
  let lowerX = first.x;
  let lowerY = first.y;
  let upperX = first.x;
  let upperY = first.y;
  for (let i = 1; i < shape.count; i++) {
    const vertex = vertexAt(shape, i);
    lowerX = smaller(lowerX, vertex.x);
    lowerY = smaller(lowerY, vertex.y);
    upperX = larger(upperX, vertex.x);
    upperY = larger(upperY, vertex.y);
  }
  setBounds(shape, lowerX - skin, lowerY - skin, upperX + skin, upperY + skin);
}

/** The box of a shape at a transform, with its margin. */
export function boxOfBody(shape: Shape, at: Transform): void {
  let lowerX: f32 = 0;
  let lowerY: f32 = 0;
  let upperX: f32 = 0;
  let upperY: f32 = 0;
  for (let i = 0; i < shape.count; i++) {
    const vertex = vertexAt(shape, i);
    const x = at.cos * vertex.x - at.sin * vertex.y + at.x;
    const y = at.sin * vertex.x + at.cos * vertex.y + at.y;
    lowerX = i == 0 ? x : smaller(lowerX, x);
    lowerY = i == 0 ? y : smaller(lowerY, y);
    upperX = i == 0 ? x : larger(upperX, x);
    upperY = i == 0 ? y : larger(upperY, y);
  }
  setBounds(shape, lowerX - skin, lowerY - skin, upperX + skin, upperY + skin);
}

@inline
function setBounds(shape: Shape, lowerX: f32, lowerY: f32, upperX: f32, upperY: f32): void {
  shape.lowerX = lowerX - boxMargin;
  shape.lowerY = lowerY - boxMargin;
  shape.upperX = upperX + boxMargin;
  shape.upperY = upperY + boxMargin;
}

/**
 * Makes a new box where the shape left its old one on its way from `before` to `after`, wider in the direction of the
 * way. True if it did.
 */
export function moveBox(shape: Shape, before: Transform, after: Transform): bool {
  let lowerX: f32 = 0;
  let lowerY: f32 = 0;
  let upperX: f32 = 0;
  let upperY: f32 = 0;
  for (let i = 0; i < shape.count; i++) {
    const vertex = vertexAt(shape, i);
    const x1 = before.cos * vertex.x - before.sin * vertex.y + before.x;
    const y1 = before.sin * vertex.x + before.cos * vertex.y + before.y;
    const x2 = after.cos * vertex.x - after.sin * vertex.y + after.x;
    const y2 = after.sin * vertex.x + after.cos * vertex.y + after.y;
    lowerX = i == 0 ? smaller(x1, x2) : smaller(lowerX, smaller(x1, x2));
    lowerY = i == 0 ? smaller(y1, y2) : smaller(lowerY, smaller(y1, y2));
    upperX = i == 0 ? larger(x1, x2) : larger(upperX, larger(x1, x2));
    upperY = i == 0 ? larger(y1, y2) : larger(upperY, larger(y1, y2));
  }
  lowerX -= skin;
  lowerY -= skin;
  upperX += skin;
  upperY += skin;
  if (shape.lowerX <= lowerX && shape.lowerY <= lowerY && upperX <= shape.upperX && upperY <= shape.upperY)
    return false;
  setBounds(shape, lowerX, lowerY, upperX, upperY);
  const dx = boxMultiplier * (after.x - before.x);
  const dy = boxMultiplier * (after.y - before.y);
  if (dx < 0) shape.lowerX += dx;
  else shape.upperX += dx;
  if (dy < 0) shape.lowerY += dy;
  else shape.upperY += dy;
  return true;
}

@inline
export function boxesOverlap(a: Shape, b: Shape): bool {
  return b.lowerX <= a.upperX && b.lowerY <= a.upperY && a.lowerX <= b.upperX && a.lowerY <= b.upperY;
}

/** The fraction of the way from p1 to p2 at which it meets the ground's shape, if at most `limit`; otherwise -1. */
export function rayToGround(shape: Shape, x1: f32, y1: f32, x2: f32, y2: f32, limit: f32): f32 {
  const dx = x2 - x1;
  const dy = y2 - y1;
  return shape.count == 2 ? rayToEdge(shape, x1, y1, dx, dy, limit) : rayToPolygon(shape, x1, y1, dx, dy, limit);
}

function rayToEdge(shape: Shape, x: f32, y: f32, dx: f32, dy: f32, limit: f32): f32 {
  const v1 = vertexAt(shape, 0);
  const normal = normalAt(shape, 0);
  const numerator = dot(normal.x, normal.y, v1.x - x, v1.y - y);
  const denominator = dot(normal.x, normal.y, dx, dy);
  if (denominator == 0) return -1;
  const t = numerator / denominator;
  if (t < 0 || limit < t) return -1;
  const edgeX = vertexAt(shape, 1).x - v1.x;
  const edgeY = vertexAt(shape, 1).y - v1.y;
  const square = dot(edgeX, edgeY, edgeX, edgeY);
  if (square == 0) return -1;
  const s = dot(x + t * dx - v1.x, y + t * dy - v1.y, edgeX, edgeY) / square;
  return s < 0 || s > 1 ? <f32>-1 : t;
}

function rayToPolygon(shape: Shape, x: f32, y: f32, dx: f32, dy: f32, limit: f32): f32 {
  let lower: f32 = 0;
  let upper = limit;
  let entered = false;
  for (let i = 0; i < shape.count; i++) {
    const normal = normalAt(shape, i);
    const vertex = vertexAt(shape, i);
    const numerator = dot(normal.x, normal.y, vertex.x - x, vertex.y - y);
    const denominator = dot(normal.x, normal.y, dx, dy);
    if (denominator == 0) {
      if (numerator < 0) return -1;
    } else if (denominator < 0 && numerator < lower * denominator) {
      lower = numerator / denominator;
      entered = true;
    } else if (denominator > 0 && numerator < upper * denominator) upper = numerator / denominator;
    if (upper < lower) return -1;
  }
  return entered ? lower : -1;
}
