// When a body's polygon, on its way through a step, comes as near to a shape of the ground as resting contact is
// (b2TimeOfImpact): axes that separate them, each followed to the time at which it does so no more.

import { dot, larger, length, scaleToUnit, turns } from "./arithmetic";
import { SimplexCache, distance, simplexSize, support } from "./distance";
import { Body, Shape, Transform, World, scratchOf, shapeAt, vertexAt } from "./layout";
import { rotation } from "./rotation";
import { linearSlop, maxPushBacks, skin } from "./settings";

/** The way of a body from the start of its sweep to its end, and an axis that separates it from the ground. */
@unmanaged
class Search {
  // Room for the transform at one time.
  x: f32;
  y: f32;
  sin: f32;
  cos: f32;
  angle0: f32;
  angle: f32;
  kind: i32;
  /** In the ground's frame, or, of a face of the body, in the body's. */
  axisX: f32;
  axisY: f32;
  /** On the face that the axis is the normal of. */
  pointX: f32;
  pointY: f32;
  // The deepest vertices at some time.
  groundIndex: i32;
  bodyIndex: i32;
}

const betweenPoints = 0;
const faceOfGround = 1;
const faceOfBody = 2;

const maxIterations = 20;
const maxRootIterations = 50;

/** The fraction of what is left of the sweep, or -1 if the body touches nothing on it (or is already inside). */
export function timeOfImpact(world: World, ground: Shape, body: Body): f32 {
  const shape = shapeAt(world, body.shape);
  const simplex = scratchOf(world);
  const cache = changetype<SimplexCache>(simplex + simplexSize);
  const search = changetype<Search>(changetype<usize>(cache) + offsetof<SimplexCache>());
  const transform = changetype<Transform>(changetype<usize>(search));
  const whole = turns(body.angle0);
  search.angle0 = body.angle0 - whole;
  search.angle = body.angle - whole;
  cache.count = 0;

  const radii: f32 = skin + skin;
  const target = larger(linearSlop, radii - <f32>3 * linearSlop);
  const tolerance: f32 = <f32>0.25 * linearSlop;
  let t1: f32 = 0;
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    place(search, body, t1);
    const apart = distance(ground, shape, transform, cache, simplex);
    if (apart <= 0) return -1;
    if (apart < target + tolerance) return t1;
    chooseAxis(search, ground, shape, cache);

    let t2: f32 = 1;
    for (let pushBack = 0; pushBack < maxPushBacks; pushBack++) {
      let s2 = deepest(search, ground, shape, body, t2);
      if (s2 > target + tolerance) return -1;
      if (s2 > target - tolerance) {
        t1 = t2;
        break;
      }
      let s1 = separation(search, ground, shape, body, t1);
      if (s1 < target - tolerance) return -1;
      if (s1 <= target + tolerance) return t1;
      // The time at which these two vertices reach the target: bisection and secants by turns.
      let a1 = t1;
      let a2 = t2;
      for (let root = 0; root < maxRootIterations; root++) {
        const t: f32 = root & 1 ? a1 + ((target - s1) * (a2 - a1)) / (s2 - s1) : <f32>0.5 * (a1 + a2);
        const s = separation(search, ground, shape, body, t);
        if (abs<f32>(s - target) < tolerance) {
          t2 = t;
          break;
        }
        if (s > target) {
          a1 = t;
          s1 = s;
        } else {
          a2 = t;
          s2 = s;
        }
      }
    }
  }
  return -1;
}

/** The transform at a time. */
function place(search: Search, body: Body, t: f32): void {
  const u = <f32>1 - t;
  rotation(u * search.angle0 + t * search.angle, changetype<usize>(search) + offsetof<Search>("sin"));
  search.x = u * body.center0X + t * body.centerX - (search.cos * body.localCenterX - search.sin * body.localCenterY);
  search.y = u * body.center0Y + t * body.centerY - (search.sin * body.localCenterX + search.cos * body.localCenterY);
}

/** A vertex of the body where the search stands. */
@inline
function worldX(search: Search, x: f32, y: f32): f32 {
  return search.cos * x - search.sin * y + search.x;
}

@inline
function worldY(search: Search, x: f32, y: f32): f32 {
  return search.sin * x + search.cos * y + search.y;
}

/** The axis of the nearest features, at the time of the last distance. */
function chooseAxis(search: Search, ground: Shape, shape: Shape, cache: SimplexCache): void {
  const g0 = vertexAt(ground, cache.ground0);
  const b0 = vertexAt(shape, cache.body0);
  if (cache.count == 1) {
    search.kind = betweenPoints;
    const x = worldX(search, b0.x, b0.y) - g0.x;
    const y = worldY(search, b0.x, b0.y) - g0.y;
    const scale = scaleToUnit(length(x, y));
    search.axisX = x * scale;
    search.axisY = y * scale;
    return;
  }
  const ofBody = cache.ground0 == cache.ground1;
  search.kind = ofBody ? faceOfBody : faceOfGround;
  const from = ofBody ? b0 : g0;
  const to = ofBody ? vertexAt(shape, cache.body1) : vertexAt(ground, cache.ground1);
  const edgeX = to.x - from.x;
  const edgeY = to.y - from.y;
  const scale = scaleToUnit(length(edgeX, edgeY));
  search.axisX = edgeY * scale;
  search.axisY = -edgeX * scale;
  search.pointX = <f32>0.5 * (from.x + to.x);
  search.pointY = <f32>0.5 * (from.y + to.y);
  if (along(search, g0.x, g0.y, worldX(search, b0.x, b0.y), worldY(search, b0.x, b0.y)) < 0) {
    search.axisX = -search.axisX;
    search.axisY = -search.axisY;
  }
}

/** How far a vertex of one is from the face of the other, or both vertices from each other, along the axis. */
function along(search: Search, groundX: f32, groundY: f32, bodyX: f32, bodyY: f32): f32 {
  if (search.kind == betweenPoints) return dot(bodyX - groundX, bodyY - groundY, search.axisX, search.axisY);
  if (search.kind == faceOfGround) return dot(bodyX - search.pointX, bodyY - search.pointY, search.axisX, search.axisY);
  return dot(
    groundX - worldX(search, search.pointX, search.pointY),
    groundY - worldY(search, search.pointX, search.pointY),
    search.cos * search.axisX - search.sin * search.axisY,
    search.sin * search.axisX + search.cos * search.axisY,
  );
}

/** The least separation along the axis at a time; notes which vertices have it. */
function deepest(search: Search, ground: Shape, shape: Shape, body: Body, t: f32): f32 {
  place(search, body, t);
  if (search.kind == faceOfBody) {
    const x = search.cos * search.axisX - search.sin * search.axisY;
    const y = search.sin * search.axisX + search.cos * search.axisY;
    search.groundIndex = support(ground, -x, -y);
    search.bodyIndex = 0;
  } else {
    const x = -search.axisX;
    const y = -search.axisY;
    search.groundIndex = search.kind == betweenPoints ? support(ground, -x, -y) : 0;
    search.bodyIndex = support(shape, search.cos * x + search.sin * y, -search.sin * x + search.cos * y);
  }
  return separationHere(search, ground, shape);
}

/** The separation of the noted vertices at a time. */
function separation(search: Search, ground: Shape, shape: Shape, body: Body, t: f32): f32 {
  place(search, body, t);
  return separationHere(search, ground, shape);
}

function separationHere(search: Search, ground: Shape, shape: Shape): f32 {
  const g = vertexAt(ground, search.groundIndex);
  const b = vertexAt(shape, search.bodyIndex);
  return along(search, g.x, g.y, worldX(search, b.x, b.y), worldY(search, b.x, b.y));
}
