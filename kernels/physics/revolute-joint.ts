// A revolute joint: two bodies share a point, a motor turns one against the other, limits hold the angle between them
// (b2RevoluteJoint). Its 3 × 3 system is solved anew in each iteration; its matrix stays the same, so what depends on
// the matrix alone is computed once a step, with the same rounding.

import { clamp, cross, length } from "./arithmetic";
import { Body, Joint, World, bodyAt } from "./layout";
import { rotate } from "./motion";
import { angularSlop, linearSlop, maxAngularCorrection } from "./settings";

const inactive = 0;
const atLower = 1;
const atUpper = 2;
const equal = 3;

/** Writes what the iterations share, and applies the impulses of the last step scaled by `ratio`. */
export function prepareJoint(world: World, joint: Joint, dt: f32, ratio: f32): void {
  const a = bodyAt(world, joint.bodyA);
  const b = bodyAt(world, joint.bodyB);
  joint.a = changetype<usize>(a);
  joint.b = changetype<usize>(b);
  const armAX = joint.anchorAX - a.localCenterX;
  const armAY = joint.anchorAY - a.localCenterY;
  const armBX = joint.anchorBX - b.localCenterX;
  const armBY = joint.anchorBY - b.localCenterY;
  const rAX = (joint.rAX = a.cos * armAX - a.sin * armAY);
  const rAY = (joint.rAY = a.sin * armAX + a.cos * armAY);
  const rBX = (joint.rBX = b.cos * armBX - b.sin * armBY);
  const rBY = (joint.rBY = b.sin * armBX + b.cos * armBY);
  const mA = a.inverseMass;
  const mB = b.inverseMass;
  const iA = a.inverseInertia;
  const iB = b.inverseInertia;
  const m11 = (joint.m11 = mA + mB + rAY * rAY * iA + rBY * rBY * iB);
  const m12 = (joint.m12 = -rAY * rAX * iA - rBY * rBX * iB);
  const m13 = (joint.m13 = -rAY * iA - rBY * iB);
  const m22 = (joint.m22 = mA + mB + rAX * rAX * iA + rBX * rBX * iB);
  const m23 = (joint.m23 = rAX * iA + rBX * iB);
  const m33 = (joint.m33 = iA + iB);
  const crossX = (joint.crossX = m22 * m33 - m23 * m23);
  const crossY = (joint.crossY = m23 * m13 - m12 * m33);
  const crossZ = (joint.crossZ = m12 * m23 - m22 * m13);
  const determinant3 = m11 * crossX + m12 * crossY + m13 * crossZ;
  joint.determinant3 = determinant3 != 0 ? <f32>1 / determinant3 : 0;
  const determinant2 = m11 * m22 - m12 * m12;
  joint.determinant2 = determinant2 != 0 ? <f32>1 / determinant2 : 0;
  joint.motorMass = m33 > 0 ? <f32>1 / m33 : m33;
  joint.maxMotorImpulse = dt * joint.maxMotorTorque;
  if (!joint.motored || m33 == 0) joint.motorImpulse = 0;

  let state = inactive;
  if (joint.limited && m33 != 0) {
    const angle = b.angle - a.angle - joint.referenceAngle;
    if (abs<f32>(joint.upperAngle - joint.lowerAngle) < <f32>2 * angularSlop) state = equal;
    else if (angle <= joint.lowerAngle) state = atLower;
    else if (angle >= joint.upperAngle) state = atUpper;
    if (state != equal && (state == inactive || state != joint.limitState)) joint.impulseZ = 0;
  }
  joint.limitState = state;
  joint.pulling = 0;

  joint.impulseX *= ratio;
  joint.impulseY *= ratio;
  joint.impulseZ *= ratio;
  joint.motorImpulse *= ratio;
  const x = joint.impulseX;
  const y = joint.impulseY;
  a.velocityX -= mA * x;
  a.velocityY -= mA * y;
  a.angularVelocity -= iA * (cross(rAX, rAY, x, y) + joint.motorImpulse + joint.impulseZ);
  b.velocityX += mB * x;
  b.velocityY += mB * y;
  b.angularVelocity += iB * (cross(rBX, rBY, x, y) + joint.motorImpulse + joint.impulseZ);
}

/** One iteration: the motor, then the shared point together with the limit, where it is reached. */
export function solveJointVelocity(joint: Joint): void {
  const a = changetype<Body>(joint.a);
  const b = changetype<Body>(joint.b);
  const mA = a.inverseMass;
  const mB = b.inverseMass;
  const iA = a.inverseInertia;
  const iB = b.inverseInertia;
  const rAX = joint.rAX;
  const rAY = joint.rAY;
  const rBX = joint.rBX;
  const rBY = joint.rBY;
  let wA = a.angularVelocity;
  let wB = b.angularVelocity;
  const state = joint.limitState;

  if (joint.motored && state != equal && joint.m33 != 0) {
    const speed = wB - wA - joint.motorSpeed;
    const limit = joint.maxMotorImpulse;
    const before = joint.motorImpulse;
    const impulse = clamp(before + -joint.motorMass * speed, -limit, limit);
    joint.motorImpulse = impulse;
    wA -= iA * (impulse - before);
    wB += iB * (impulse - before);
  }

  const slipX = b.velocityX + -wB * rBY - a.velocityX - -wA * rAY;
  const slipY = b.velocityY + wB * rBX - a.velocityY - wA * rAX;
  let x: f32;
  let y: f32;
  let z: f32 = 0;
  if (state == inactive) {
    x = joint.determinant2 * (joint.m22 * -slipX - joint.m12 * -slipY);
    y = joint.determinant2 * (joint.m11 * -slipY - joint.m12 * -slipX);
  } else {
    const turn = wB - wA;
    const determinant = joint.determinant3;
    x = -(determinant * (slipX * joint.crossX + slipY * joint.crossY + turn * joint.crossZ));
    y = -(
      determinant *
      (joint.m11 * (slipY * joint.m33 - turn * joint.m23) +
        joint.m12 * (turn * joint.m13 - slipX * joint.m33) +
        joint.m13 * (slipX * joint.m23 - slipY * joint.m13))
    );
    z = -(
      determinant *
      (joint.m11 * (joint.m22 * turn - joint.m23 * slipY) +
        joint.m12 * (joint.m23 * slipX - joint.m12 * turn) +
        joint.m13 * (joint.m12 * slipY - joint.m22 * slipX))
    );
    const total = joint.impulseZ + z;
    if ((state == atLower && total < 0) || (state == atUpper && total > 0)) {
      // The limit would pull: it lets go, and the point is solved alone.
      const rightX = -slipX + joint.impulseZ * joint.m13;
      const rightY = -slipY + joint.impulseZ * joint.m23;
      x = joint.determinant2 * (joint.m22 * rightX - joint.m12 * rightY);
      y = joint.determinant2 * (joint.m11 * rightY - joint.m12 * rightX);
      z = -joint.impulseZ;
      joint.impulseZ = 0;
      joint.pulling = 1;
    } else {
      joint.impulseZ = total;
      joint.pulling = 0;
    }
  }
  joint.impulseX += x;
  joint.impulseY += y;
  joint.addedX = x;
  joint.addedY = y;
  joint.addedZ = z;
  a.velocityX -= mA * x;
  a.velocityY -= mA * y;
  b.velocityX += mB * x;
  b.velocityY += mB * y;
  a.angularVelocity = wA - iA * (cross(rAX, rAY, x, y) + z);
  b.angularVelocity = wB + iB * (cross(rBX, rBY, x, y) + z);
}

/** One iteration of moving the bodies' points together and the angle within its limits; true if both already are. */
export function solveJointPosition(joint: Joint): bool {
  const a = changetype<Body>(joint.a);
  const b = changetype<Body>(joint.b);
  const mA = a.inverseMass;
  const mB = b.inverseMass;
  const iA = a.inverseInertia;
  const iB = b.inverseInertia;
  let angularError: f32 = 0;
  if (joint.limitState != inactive) {
    const angle = b.angle - a.angle - joint.referenceAngle;
    let correction: f32 = 0;
    if (joint.limitState == equal) {
      correction = clamp(angle - joint.lowerAngle, -maxAngularCorrection, maxAngularCorrection);
      angularError = abs<f32>(correction);
    } else if (joint.limitState == atLower) {
      const error = angle - joint.lowerAngle;
      angularError = -error;
      correction = clamp(error + angularSlop, -maxAngularCorrection, 0);
    } else {
      const error = angle - joint.upperAngle;
      angularError = error;
      correction = clamp(error - angularSlop, 0, maxAngularCorrection);
    }
    const impulse = -joint.motorMass * correction;
    a.angle -= iA * impulse;
    b.angle += iB * impulse;
  }

  rotate(a);
  rotate(b);
  const armAX = joint.anchorAX - a.localCenterX;
  const armAY = joint.anchorAY - a.localCenterY;
  const armBX = joint.anchorBX - b.localCenterX;
  const armBY = joint.anchorBY - b.localCenterY;
  const rAX = a.cos * armAX - a.sin * armAY;
  const rAY = a.sin * armAX + a.cos * armAY;
  const rBX = b.cos * armBX - b.sin * armBY;
  const rBY = b.sin * armBX + b.cos * armBY;
  const gapX = b.centerX + rBX - a.centerX - rAX;
  const gapY = b.centerY + rBY - a.centerY - rAY;
  const k11 = mA + mB + iA * rAY * rAY + iB * rBY * rBY;
  const k12 = -iA * rAX * rAY - iB * rBX * rBY;
  const k22 = mA + mB + iA * rAX * rAX + iB * rBX * rBX;
  let determinant = k11 * k22 - k12 * k12;
  if (determinant != 0) determinant = <f32>1 / determinant;
  const x = -(determinant * (k22 * gapX - k12 * gapY));
  const y = -(determinant * (k11 * gapY - k12 * gapX));
  a.centerX -= mA * x;
  a.centerY -= mA * y;
  a.angle -= iA * cross(rAX, rAY, x, y);
  b.centerX += mB * x;
  b.centerY += mB * y;
  b.angle += iB * cross(rBX, rBY, x, y);
  return length(gapX, gapY) <= linearSlop && angularError <= angularSlop;
}

/**
 * How often, up to `times`, the given impulses can be added before an iteration would find the limit pulling and take
 * another way. They stand at `added` as x, y and z of each iteration of a cycle of `period`, `stride` bytes apart.
 */
export function cyclesWithinLimit(joint: Joint, added: usize, stride: usize, period: i32, times: i32): i32 {
  if (joint.pulling || (joint.limitState != atLower && joint.limitState != atUpper)) return times;
  let z = joint.impulseZ;
  for (let cycle = 0; cycle < times; cycle++) {
    for (let phase = 0; phase < period; phase++) {
      z += load<f32>(added + <usize>phase * stride, 8);
      if (joint.limitState == atLower ? z < 0 : z > 0) return cycle;
    }
  }
  return times;
}

/** Adds those impulses `times` times, one by one: each sum rounds. */
export function addCycles(joint: Joint, added: usize, stride: usize, period: i32, times: i32): void {
  let x = joint.impulseX;
  let y = joint.impulseY;
  let z = joint.impulseZ;
  if (period == 1) {
    const addX = load<f32>(added);
    const addY = load<f32>(added, 4);
    const addZ = load<f32>(added, 8);
    for (let cycle = 0; cycle < times; cycle++) {
      x += addX;
      y += addY;
      z += addZ;
    }
  } else
    for (let cycle = 0; cycle < times; cycle++) {
      for (let phase = 0; phase < period; phase++) {
        const at = added + <usize>phase * stride;
        x += load<f32>(at);
        y += load<f32>(at, 4);
        z += load<f32>(at, 8);
      }
    }
  joint.impulseX = x;
  joint.impulseY = y;
  joint.impulseZ = z;
}
