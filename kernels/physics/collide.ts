// Where a body's polygon meets a shape of the ground: up to two points along a reference face, with keys that recognize
// them in the next step (b2CollideEdgeAndPolygon without neighbours, b2CollidePolygons). The ground is at the origin.

import { dot, length, scaleToUnit, smaller } from "./arithmetic";
import {
  Body,
  Contact,
  Shape,
  Transform,
  Vector,
  normalAt,
  originOf,
  pointAt,
  scratchOf,
  vectorAt,
  vertexAt,
  World,
} from "./layout";
import { largest, maxVertices, skin } from "./settings";

const radius: f32 = <f32>2 * skin;

/** How much deeper an axis of the other shape must be to be preferred. */
const relativeTolerance: f32 = 0.98;
const absoluteTolerance: f32 = 0.001;

/** A point of the incident edge, and the features that meet there. */
@unmanaged
class ClipPoint {
  x: f32;
  y: f32;
  indexA: i32;
  indexB: i32;
  typeA: i32;
  typeB: i32;
}

const vertexFeature = 0;
const faceFeature = 1;

@inline
function clipPoint(points: usize, index: i32): ClipPoint {
  return changetype<ClipPoint>(points + <usize>index * offsetof<ClipPoint>());
}

@inline
function setClipPoint(points: usize, index: i32, x: f32, y: f32, indexA: i32, indexB: i32, typeA: i32): void {
  const point = clipPoint(points, index);
  point.x = x;
  point.y = y;
  point.indexA = indexA;
  point.indexB = indexB;
  point.typeA = typeA;
  point.typeB = 1 - typeA;
}

/** The part of a segment behind a line; where it is cut, its point is a vertex of the reference face. */
function clip(out: usize, segment: usize, normalX: f32, normalY: f32, offset: f32, vertexA: i32): i32 {
  const first = clipPoint(segment, 0);
  const second = clipPoint(segment, 1);
  const distance0 = dot(normalX, normalY, first.x, first.y) - offset;
  const distance1 = dot(normalX, normalY, second.x, second.y) - offset;
  let count = 0;
  if (distance0 <= 0) memory.copy(changetype<usize>(clipPoint(out, count++)), segment, offsetof<ClipPoint>());
  if (distance1 <= 0)
    memory.copy(changetype<usize>(clipPoint(out, count++)), changetype<usize>(second), offsetof<ClipPoint>());
  if (distance0 * distance1 < 0) {
    const t = distance0 / (distance0 - distance1);
    const x = first.x + t * (second.x - first.x);
    const y = first.y + t * (second.y - first.y);
    setClipPoint(out, count++, x, y, vertexA, first.indexB, vertexFeature);
  }
  return count;
}

@inline
function keyOf(point: ClipPoint, swapped: bool): u32 {
  return swapped
    ? point.indexB | (point.indexA << 8) | (point.typeB << 16) | (point.typeA << 24)
    : point.indexA | (point.indexB << 8) | (point.typeA << 16) | (point.typeB << 24);
}

// Scratch: a polygon in the ground's frame (vertices, normals), then three segments.
const normalsStart: usize = 8 * maxVertices;
const segmentsStart: usize = 16 * maxVertices;
const segmentSize: usize = 64;

/** The manifold of an edge and a polygon, written into the contact. */
export function collideEdge(world: World, contact: Contact, edge: Shape, polygon: Shape, body: Body): void {
  contact.pointCount = 0;
  const v1 = vertexAt(edge, 0);
  const v2 = vertexAt(edge, 1);
  const edgeNormal = normalAt(edge, 0);
  const centroidX = body.cos * polygon.centroidX - body.sin * polygon.centroidY + body.x;
  const centroidY = body.sin * polygon.centroidX + body.cos * polygon.centroidY + body.y;
  const front = dot(edgeNormal.x, edgeNormal.y, centroidX - v1.x, centroidY - v1.y) >= 0;
  const normalX = front ? edgeNormal.x : -edgeNormal.x;
  const normalY = front ? edgeNormal.y : -edgeNormal.y;

  const vertices = scratchOf(world);
  const normals = vertices + normalsStart;
  const count = polygon.count;
  let edgeSeparation: f32 = largest;
  for (let i = 0; i < count; i++) {
    const local = vertexAt(polygon, i);
    const vertex = vectorAt(vertices, i);
    vertex.x = body.cos * local.x - body.sin * local.y + body.x;
    vertex.y = body.sin * local.x + body.cos * local.y + body.y;
    const localNormal = normalAt(polygon, i);
    const normal = vectorAt(normals, i);
    normal.x = body.cos * localNormal.x - body.sin * localNormal.y;
    normal.y = body.sin * localNormal.x + body.cos * localNormal.y;
    const separation = dot(normalX, normalY, vertex.x - v1.x, vertex.y - v1.y);
    if (separation < edgeSeparation) edgeSeparation = separation;
  }
  if (edgeSeparation > radius) return;

  let face = 0;
  let faceSeparation: f32 = -largest;
  for (let i = 0; i < count; i++) {
    const vertex = vectorAt(vertices, i);
    const nx = -vectorAt(normals, i).x;
    const ny = -vectorAt(normals, i).y;
    const separation = smaller(
      dot(nx, ny, vertex.x - v1.x, vertex.y - v1.y),
      dot(nx, ny, vertex.x - v2.x, vertex.y - v2.y),
    );
    if (separation > radius) return;
    if (separation > faceSeparation) {
      faceSeparation = separation;
      face = i;
    }
  }

  // The reference face from r1 to r2, and the incident edge.
  const incident = vertices + segmentsStart;
  const faceOfBody = faceSeparation > relativeTolerance * edgeSeparation + absoluteTolerance;
  let index1 = 0;
  let index2 = 0;
  let r1: Vector;
  let r2: Vector;
  let rx: f32;
  let ry: f32;
  if (faceOfBody) {
    setClipPoint(incident, 0, v1.x, v1.y, 0, face, vertexFeature);
    setClipPoint(incident, 1, v2.x, v2.y, 0, face, vertexFeature);
    index1 = face;
    index2 = face + 1 < count ? face + 1 : 0;
    r1 = vectorAt(vertices, index1);
    r2 = vectorAt(vertices, index2);
    rx = vectorAt(normals, index1).x;
    ry = vectorAt(normals, index1).y;
  } else {
    // The incident face is the one most against the edge's normal.
    let i1 = 0;
    let least = dot(normalX, normalY, vectorAt(normals, 0).x, vectorAt(normals, 0).y);
    for (let i = 1; i < count; i++) {
      const value = dot(normalX, normalY, vectorAt(normals, i).x, vectorAt(normals, i).y);
      if (value < least) {
        least = value;
        i1 = i;
      }
    }
    const i2 = i1 + 1 < count ? i1 + 1 : 0;
    setClipPoint(incident, 0, vectorAt(vertices, i1).x, vectorAt(vertices, i1).y, 0, i1, faceFeature);
    setClipPoint(incident, 1, vectorAt(vertices, i2).x, vectorAt(vertices, i2).y, 0, i2, faceFeature);
    index1 = front ? 0 : 1;
    index2 = 1 - index1;
    r1 = front ? v1 : v2;
    r2 = front ? v2 : v1;
    rx = normalX;
    ry = normalY;
  }

  const clipped1 = incident + segmentSize;
  const clipped2 = clipped1 + segmentSize;
  if (clip(clipped1, incident, ry, -rx, dot(ry, -rx, r1.x, r1.y), index1) < 2) return;
  if (clip(clipped2, clipped1, -ry, rx, dot(-ry, rx, r2.x, r2.y), index2) < 2) return;

  contact.faceOfBody = faceOfBody ? 1 : 0;
  const plane = faceOfBody ? vertexAt(polygon, index1) : r1;
  contact.localNormalX = faceOfBody ? normalAt(polygon, index1).x : rx;
  contact.localNormalY = faceOfBody ? normalAt(polygon, index1).y : ry;
  contact.localPointX = plane.x;
  contact.localPointY = plane.y;
  for (let i = 0; i < 2; i++) {
    const clipped = clipPoint(clipped2, i);
    if (dot(rx, ry, clipped.x - r1.x, clipped.y - r1.y) > radius) continue;
    const point = pointAt(contact, contact.pointCount++);
    const px = clipped.x - body.x;
    const py = clipped.y - body.y;
    point.localX = faceOfBody ? clipped.x : body.cos * px + body.sin * py;
    point.localY = faceOfBody ? clipped.y : -body.sin * px + body.cos * py;
    point.key = keyOf(clipped, faceOfBody);
  }
}

/** A face of one polygon that separates it from the other. */
@unmanaged
class Face {
  index: i32;
  separation: f32;
}

/** How far the other polygon is in front of a face. */
function faceSeparation(p: Shape, at: Transform, face: i32, other: Shape, otherAt: Transform): f32 {
  const local = normalAt(p, face);
  const nx = at.cos * local.x - at.sin * local.y;
  const ny = at.sin * local.x + at.cos * local.y;
  const ox = otherAt.cos * nx + otherAt.sin * ny;
  const oy = -otherAt.sin * nx + otherAt.cos * ny;
  let deepest = 0;
  let least: f32 = largest;
  for (let i = 0; i < other.count; i++) {
    const value = dot(vertexAt(other, i).x, vertexAt(other, i).y, ox, oy);
    if (value < least) {
      least = value;
      deepest = i;
    }
  }
  const v = vertexAt(p, face);
  const w = vertexAt(other, deepest);
  return dot(
    otherAt.cos * w.x - otherAt.sin * w.y + otherAt.x - (at.cos * v.x - at.sin * v.y + at.x),
    otherAt.sin * w.x + otherAt.cos * w.y + otherAt.y - (at.sin * v.x + at.cos * v.y + at.y),
    nx,
    ny,
  );
}

/** Climbs from the face that looks towards the other's centroid to the one that separates them most. */
function mostSeparating(p: Shape, at: Transform, other: Shape, otherAt: Transform, out: Face): void {
  const count = p.count;
  const dx =
    otherAt.cos * other.centroidX -
    otherAt.sin * other.centroidY +
    otherAt.x -
    (at.cos * p.centroidX - at.sin * p.centroidY + at.x);
  const dy =
    otherAt.sin * other.centroidX +
    otherAt.cos * other.centroidY +
    otherAt.y -
    (at.sin * p.centroidX + at.cos * p.centroidY + at.y);
  const localX = at.cos * dx + at.sin * dy;
  const localY = -at.sin * dx + at.cos * dy;
  let face = 0;
  let most: f32 = -largest;
  for (let i = 0; i < count; i++) {
    const value = dot(normalAt(p, i).x, normalAt(p, i).y, localX, localY);
    if (value > most) {
      most = value;
      face = i;
    }
  }
  out.index = face;
  out.separation = faceSeparation(p, at, face, other, otherAt);
  const before = face > 0 ? face - 1 : count - 1;
  const after = face + 1 < count ? face + 1 : 0;
  const separationBefore = faceSeparation(p, at, before, other, otherAt);
  const separationAfter = faceSeparation(p, at, after, other, otherAt);
  const down = separationBefore > out.separation && separationBefore > separationAfter;
  if (!down && !(separationAfter > out.separation)) return;
  out.index = down ? before : after;
  out.separation = down ? separationBefore : separationAfter;
  for (;;) {
    const next = down ? (out.index > 0 ? out.index - 1 : count - 1) : out.index + 1 < count ? out.index + 1 : 0;
    const separation = faceSeparation(p, at, next, other, otherAt);
    if (!(separation > out.separation)) return;
    out.index = next;
    out.separation = separation;
  }
}

/** The manifold of two polygons, written into the contact. */
export function collidePolygons(world: World, contact: Contact, block: Shape, polygon: Shape, body: Body): void {
  contact.pointCount = 0;
  const origin = originOf(world);
  const transform = changetype<Transform>(changetype<usize>(body));
  const scratch = scratchOf(world);
  const best = changetype<Face>(scratch);
  mostSeparating(block, origin, polygon, transform, best);
  const faceA = best.index;
  const separationA = best.separation;
  if (separationA > radius) return;
  mostSeparating(polygon, transform, block, origin, best);
  if (best.separation > radius) return;

  // The reference polygon and the incident one.
  const faceOfBody = best.separation > relativeTolerance * separationA + absoluteTolerance;
  const face = faceOfBody ? best.index : faceA;
  const p = faceOfBody ? polygon : block;
  const q = faceOfBody ? block : polygon;
  const at = faceOfBody ? transform : origin;
  const otherAt = faceOfBody ? origin : transform;

  const incident = scratch + segmentsStart;
  findIncidentFace(incident, p, at, face, q, otherAt);
  const next = face + 1 < p.count ? face + 1 : 0;
  const v1 = vertexAt(p, face);
  const v2 = vertexAt(p, next);
  const edgeX = v2.x - v1.x;
  const edgeY = v2.y - v1.y;
  const scale = scaleToUnit(length(edgeX, edgeY));
  const localX = edgeX * scale;
  const localY = edgeY * scale;
  const tangentX = at.cos * localX - at.sin * localY;
  const tangentY = at.sin * localX + at.cos * localY;
  const normalX = tangentY;
  const normalY = -tangentX;
  const x1 = at.cos * v1.x - at.sin * v1.y + at.x;
  const y1 = at.sin * v1.x + at.cos * v1.y + at.y;
  const x2 = at.cos * v2.x - at.sin * v2.y + at.x;
  const y2 = at.sin * v2.x + at.cos * v2.y + at.y;
  const front = dot(normalX, normalY, x1, y1);
  const side1 = -dot(tangentX, tangentY, x1, y1) + radius;
  const side2 = dot(tangentX, tangentY, x2, y2) + radius;
  const clipped1 = incident + segmentSize;
  const clipped2 = clipped1 + segmentSize;
  if (clip(clipped1, incident, -tangentX, -tangentY, side1, face) < 2) return;
  if (clip(clipped2, clipped1, tangentX, tangentY, side2, next) < 2) return;

  contact.faceOfBody = faceOfBody ? 1 : 0;
  contact.localNormalX = localY;
  contact.localNormalY = -localX;
  contact.localPointX = <f32>0.5 * (v1.x + v2.x);
  contact.localPointY = <f32>0.5 * (v1.y + v2.y);
  for (let i = 0; i < 2; i++) {
    const clipped = clipPoint(clipped2, i);
    if (dot(normalX, normalY, clipped.x, clipped.y) - front > radius) continue;
    const point = pointAt(contact, contact.pointCount++);
    const x = clipped.x - otherAt.x;
    const y = clipped.y - otherAt.y;
    point.localX = otherAt.cos * x + otherAt.sin * y;
    point.localY = -otherAt.sin * x + otherAt.cos * y;
    point.key = keyOf(clipped, faceOfBody);
  }
}

/** The face of the other polygon that is most against the reference face. */
function findIncidentFace(out: usize, p: Shape, at: Transform, face: i32, q: Shape, otherAt: Transform): void {
  const local = normalAt(p, face);
  const nx = at.cos * local.x - at.sin * local.y;
  const ny = at.sin * local.x + at.cos * local.y;
  const ox = otherAt.cos * nx + otherAt.sin * ny;
  const oy = -otherAt.sin * nx + otherAt.cos * ny;
  let first = 0;
  let least: f32 = largest;
  for (let i = 0; i < q.count; i++) {
    const value = dot(ox, oy, normalAt(q, i).x, normalAt(q, i).y);
    if (value < least) {
      least = value;
      first = i;
    }
  }
  const second = first + 1 < q.count ? first + 1 : 0;
  for (let i = 0; i < 2; i++) {
    const index = i == 0 ? first : second;
    const v = vertexAt(q, index);
    const x = otherAt.cos * v.x - otherAt.sin * v.y + otherAt.x;
    const y = otherAt.sin * v.x + otherAt.cos * v.y + otherAt.y;
    setClipPoint(out, i, x, y, face, index, faceFeature);
  }
}
