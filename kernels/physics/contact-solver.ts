// Contact constraints: impulses that stop bodies from sinking into the ground and slow their sliding, and corrections
// of what overlaps (b2ContactSolver). The ground has no velocity and infinite mass, so only the body's side is
// computed.

import { clamp, cross, dot, larger, same, smaller } from "./arithmetic";
import { Body, Contact, World, bodyAt, pointAt } from "./layout";
import { rotate } from "./motion";
import { baumgarte, impactBaumgarte, linearSlop, maxLinearCorrection, skin, velocityThreshold } from "./settings";

const maxConditionNumber: f32 = 1000;
const radii: f32 = <f32>2 * skin;

/**
 * Writes what the iterations share. Positions must be those of the manifold; `ratio` scales the last step's impulses.
 */
export function prepareContact(world: World, contact: Contact, warm: bool, ratio: f32): void {
  const body = bodyAt(world, contact.body);
  contact.b = changetype<usize>(body);
  // Not the body's x and y: before its first step these are as they were given, and may round otherwise.
  const originX = body.centerX - (body.cos * body.localCenterX - body.sin * body.localCenterY);
  const originY = body.centerY - (body.sin * body.localCenterX + body.cos * body.localCenterY);
  let normalX = contact.localNormalX;
  let normalY = contact.localNormalY;
  let planeX = contact.localPointX;
  let planeY = contact.localPointY;
  if (contact.faceOfBody) {
    const x = normalX;
    normalX = body.cos * x - body.sin * normalY;
    normalY = body.sin * x + body.cos * normalY;
    const px = planeX;
    planeX = body.cos * px - body.sin * planeY + originX;
    planeY = body.sin * px + body.cos * planeY + originY;
  }
  // From the ground to the body, at last.
  const outX = contact.faceOfBody ? -normalX : normalX;
  const outY = contact.faceOfBody ? -normalY : normalY;
  contact.normalX = outX;
  contact.normalY = outY;
  const m = body.inverseMass;
  const inertia = body.inverseInertia;
  for (let i = 0; i < contact.pointCount; i++) {
    const point = pointAt(contact, i);
    point.normal = warm ? ratio * point.normalImpulse : 0;
    point.tangent = warm ? ratio * point.tangentImpulse : 0;
    // Midway between the two surfaces.
    let x = point.localX;
    let y = point.localY;
    if (!contact.faceOfBody) {
      x = body.cos * point.localX - body.sin * point.localY + originX;
      y = body.sin * point.localX + body.cos * point.localY + originY;
    }
    const depth = skin - dot(x - planeX, y - planeY, normalX, normalY);
    x = <f32>0.5 * (x + depth * normalX + (x - skin * normalX));
    y = <f32>0.5 * (y + depth * normalY + (y - skin * normalY));
    point.rX = x - body.centerX;
    point.rY = y - body.centerY;

    const rn = cross(point.rX, point.rY, outX, outY);
    const kNormal = m + inertia * rn * rn;
    point.normalMass = kNormal > 0 ? <f32>1 / kNormal : 0;
    const rt = cross(point.rX, point.rY, outY, -outX);
    const kTangent = m + inertia * rt * rt;
    point.tangentMass = kTangent > 0 ? <f32>1 / kTangent : 0;
    const approach = dot(
      outX,
      outY,
      body.velocityX + -body.angularVelocity * point.rY,
      body.velocityY + body.angularVelocity * point.rX,
    );
    point.velocityBias = approach < -velocityThreshold ? -contact.restitution * approach : 0;
  }
  contact.solvedPoints = contact.pointCount;
  if (contact.pointCount == 2) prepareBlock(contact, m, inertia);
}

/** The 2 × 2 mass matrix of two points, unless it is nearly singular: then one of them is enough. */
function prepareBlock(contact: Contact, m: f32, inertia: f32): void {
  const p1 = pointAt(contact, 0);
  const p2 = pointAt(contact, 1);
  const rn1 = cross(p1.rX, p1.rY, contact.normalX, contact.normalY);
  const rn2 = cross(p2.rX, p2.rY, contact.normalX, contact.normalY);
  const k11 = m + inertia * rn1 * rn1;
  const k22 = m + inertia * rn2 * rn2;
  const k12 = m + inertia * rn1 * rn2;
  if (k11 * k11 < maxConditionNumber * (k11 * k22 - k12 * k12)) {
    contact.k11 = k11;
    contact.k12 = k12;
    contact.k22 = k22;
    let determinant = k11 * k22 - k12 * k12;
    if (determinant != 0) determinant = <f32>1 / determinant;
    contact.inverse11 = determinant * k22;
    contact.inverse12 = -determinant * k12;
    contact.inverse22 = determinant * k11;
  } else contact.solvedPoints = 1;
}

/** Applies the impulses of the last step. */
export function warmStartContact(contact: Contact): void {
  const body = changetype<Body>(contact.b);
  const tangentX = contact.normalY;
  const tangentY = -contact.normalX;
  for (let i = 0; i < contact.solvedPoints; i++) {
    const point = pointAt(contact, i);
    const x = point.normal * contact.normalX + point.tangent * tangentX;
    const y = point.normal * contact.normalY + point.tangent * tangentY;
    body.angularVelocity += body.inverseInertia * cross(point.rX, point.rY, x, y);
    body.velocityX += body.inverseMass * x;
    body.velocityY += body.inverseMass * y;
  }
}

/** Keeps the impulses for the next step. */
export function keepImpulses(contact: Contact): void {
  for (let i = 0; i < contact.solvedPoints; i++) {
    const point = pointAt(contact, i);
    point.normalImpulse = point.normal;
    point.tangentImpulse = point.tangent;
  }
}

/** One iteration: friction by the last normal impulse, then the normal impulses of both points together. */
export function solveContactVelocity(contact: Contact): void {
  const body = changetype<Body>(contact.b);
  const m = body.inverseMass;
  const inertia = body.inverseInertia;
  const normalX = contact.normalX;
  const normalY = contact.normalY;
  const tangentX = normalY;
  const tangentY = -normalX;
  let vx = body.velocityX;
  let vy = body.velocityY;
  let w = body.angularVelocity;

  for (let i = 0; i < contact.solvedPoints; i++) {
    const point = pointAt(contact, i);
    const sliding = dot(vx + -w * point.rY, vy + w * point.rX, tangentX, tangentY);
    const limit = contact.friction * point.normal;
    const impulse = clamp(point.tangent + point.tangentMass * -sliding, -limit, limit);
    const change = impulse - point.tangent;
    point.tangent = impulse;
    const x = change * tangentX;
    const y = change * tangentY;
    vx += m * x;
    vy += m * y;
    w += inertia * cross(point.rX, point.rY, x, y);
  }

  const p1 = pointAt(contact, 0);
  if (contact.solvedPoints == 1) {
    const approach = dot(vx + -w * p1.rY, vy + w * p1.rX, normalX, normalY);
    const impulse = larger(p1.normal + -p1.normalMass * (approach - p1.velocityBias), 0);
    const change = impulse - p1.normal;
    p1.normal = impulse;
    const x = change * normalX;
    const y = change * normalY;
    vx += m * x;
    vy += m * y;
    w += inertia * cross(p1.rX, p1.rY, x, y);
  } else {
    // A linear complementarity problem of two: velocities vn = K x + b ≥ 0 and impulses x ≥ 0, one of each pair being
    // 0. The first of the four cases that fits is the solution.
    const p2 = pointAt(contact, 1);
    const a1 = p1.normal;
    const a2 = p2.normal;
    let b1 = dot(vx + -w * p1.rY, vy + w * p1.rX, normalX, normalY) - p1.velocityBias;
    let b2 = dot(vx + -w * p2.rY, vy + w * p2.rX, normalX, normalY) - p2.velocityBias;
    b1 -= contact.k11 * a1 + contact.k12 * a2;
    b2 -= contact.k12 * a1 + contact.k22 * a2;
    let x1 = -(contact.inverse11 * b1 + contact.inverse12 * b2);
    let x2 = -(contact.inverse12 * b1 + contact.inverse22 * b2);
    let solved = x1 >= 0 && x2 >= 0;
    if (!solved) {
      x1 = -p1.normalMass * b1;
      x2 = 0;
      solved = x1 >= 0 && contact.k12 * x1 + b2 >= 0;
    }
    if (!solved) {
      x1 = 0;
      x2 = -p2.normalMass * b2;
      solved = x2 >= 0 && contact.k12 * x2 + b1 >= 0;
    }
    if (!solved) {
      x1 = 0;
      x2 = 0;
      solved = b1 >= 0 && b2 >= 0;
    }
    if (solved) {
      const d1 = x1 - a1;
      const d2 = x2 - a2;
      const x = d1 * normalX + d2 * normalX;
      const y = d1 * normalY + d2 * normalY;
      vx += m * x;
      vy += m * y;
      w +=
        inertia * (cross(p1.rX, p1.rY, d1 * normalX, d1 * normalY) + cross(p2.rX, p2.rY, d2 * normalX, d2 * normalY));
      p1.normal = x1;
      p2.normal = x2;
    }
  }
  body.velocityX = vx;
  body.velocityY = vy;
  body.angularVelocity = w;
}

/** One iteration of pushing the body out of the ground; returns the least separation seen. */
export function solveContactPosition(contact: Contact, least: f32, impact: bool): f32 {
  const body = changetype<Body>(contact.b);
  const m = body.inverseMass;
  const inertia = body.inverseInertia;
  const share = impact ? impactBaumgarte : baumgarte;
  for (let i = 0; i < contact.pointCount; i++) {
    const point = pointAt(contact, i);
    rotate(body);
    const originX = body.centerX - (body.cos * body.localCenterX - body.sin * body.localCenterY);
    const originY = body.centerY - (body.sin * body.localCenterX + body.cos * body.localCenterY);
    let normalX = contact.localNormalX;
    let normalY = contact.localNormalY;
    let x = point.localX;
    let y = point.localY;
    let separation: f32;
    if (contact.faceOfBody) {
      normalX = body.cos * contact.localNormalX - body.sin * contact.localNormalY;
      normalY = body.sin * contact.localNormalX + body.cos * contact.localNormalY;
      const planeX = body.cos * contact.localPointX - body.sin * contact.localPointY + originX;
      const planeY = body.sin * contact.localPointX + body.cos * contact.localPointY + originY;
      separation = dot(x - planeX, y - planeY, normalX, normalY) - skin - skin;
      normalX = -normalX;
      normalY = -normalY;
    } else {
      const localX = x;
      x = body.cos * localX - body.sin * y + originX;
      y = body.sin * localX + body.cos * y + originY;
      separation = dot(x - contact.localPointX, y - contact.localPointY, normalX, normalY) - skin - skin;
    }
    least = smaller(least, separation);
    const correction = clamp(share * (separation + linearSlop), -maxLinearCorrection, 0);
    const rX = x - body.centerX;
    const rY = y - body.centerY;
    const rn = cross(rX, rY, normalX, normalY);
    const k = m + inertia * rn * rn;
    const impulse: f32 = k > 0 ? -correction / k : 0;
    body.centerX += m * (impulse * normalX);
    body.centerY += m * (impulse * normalY);
    body.angle += inertia * cross(rX, rY, impulse * normalX, impulse * normalY);
  }
  return least;
}

/** True if nothing changed since the impulses were last noted. */
@inline
export function contactUnchanged(contact: Contact): bool {
  for (let i = 0; i < contact.solvedPoints; i++) {
    const point = pointAt(contact, i);
    if (!same(point.normal, point.seenNormal) || !same(point.tangent, point.seenTangent)) return false;
  }
  return true;
}

export function noteContact(contact: Contact): void {
  for (let i = 0; i < contact.solvedPoints; i++) {
    const point = pointAt(contact, i);
    point.seenNormal = point.normal;
    point.seenTangent = point.tangent;
  }
}
