// One step's impulses and positions, island by island: bodies that joints connect are solved together, and fall asleep
// together (b2World::Solve, b2Island).

import { dot, same } from "./arithmetic";
import {
  contactUnchanged,
  keepImpulses,
  noteContact,
  prepareContact,
  solveContactPosition,
  solveContactVelocity,
  warmStartContact,
} from "./contact-solver";
import {
  World,
  bodyAt,
  contactAt,
  islandBody,
  islandContact,
  islandJoint,
  jointAt,
  orderAt,
  scratchOf,
  scratchSize,
} from "./layout";
import { integratePosition, setTransform } from "./motion";
import { addCycles, cyclesWithinLimit, prepareJoint, solveJointPosition, solveJointVelocity } from "./revolute-joint";
import { angularSleepTolerance, largest, linearSleepTolerance, linearSlop, timeToSleep } from "./settings";
import { wake } from "./contacts";

/** Builds and solves all islands with a body awake. */
export function solveIslands(world: World, dt: f32, velocityIterations: i32, positionIterations: i32): void {
  for (let i = 0; i < world.bodyCount; i++) bodyAt(world, i).inIsland = 0;
  for (let i = 0; i < world.jointCount; i++) jointAt(world, i).inIsland = 0;
  // The newest body first, and joints and contacts of a body likewise: the order shows in the result.
  for (let seed = world.bodyCount - 1; seed >= 0; seed--) {
    const body = bodyAt(world, seed);
    if (body.inIsland || !body.awake) continue;
    let bodies = 0;
    let joints = 0;
    let contacts = 0;
    // Found but not yet visited bodies stand behind the visited ones: a stack that grows down from the end.
    const list = changetype<usize>(world) + world.islandBodies;
    let stack = world.bodyCapacity;
    push(list, --stack, seed);
    body.inIsland = 1;
    while (stack < world.bodyCapacity) {
      const index = load<i32>(list + ((<usize>stack) << 2));
      stack++;
      push(list, bodies++, index);
      wake(bodyAt(world, index));
      for (let age = world.contactCount - 1; age >= 0; age--) {
        const slot = orderAt(world, age);
        const contact = contactAt(world, slot);
        if (contact.body == index && contact.enabled && contact.touching)
          push(changetype<usize>(world) + world.islandContacts, contacts++, slot);
      }
      for (let j = world.jointCount - 1; j >= 0; j--) {
        const joint = jointAt(world, j);
        if (joint.inIsland || (joint.bodyA != index && joint.bodyB != index)) continue;
        push(changetype<usize>(world) + world.islandJoints, joints++, j);
        joint.inIsland = 1;
        const other = joint.bodyA == index ? joint.bodyB : joint.bodyA;
        if (bodyAt(world, other).inIsland) continue;
        push(list, --stack, other);
        bodyAt(world, other).inIsland = 1;
      }
    }
    solveIsland(world, dt, velocityIterations, positionIterations, bodies, joints, contacts);
  }
}

@inline
function push(list: usize, index: i32, value: i32): void {
  store<i32>(list + ((<usize>index) << 2), value);
}

function solveIsland(
  world: World,
  dt: f32,
  velocityIterations: i32,
  positionIterations: i32,
  bodies: i32,
  joints: i32,
  contacts: i32,
): void {
  for (let i = 0; i < bodies; i++) {
    const body = islandBody(world, i);
    body.center0X = body.centerX;
    body.center0Y = body.centerY;
    body.angle0 = body.angle;
    body.velocityX += dt * (world.gravityX + body.inverseMass * body.forceX);
    body.velocityY += dt * (world.gravityY + body.inverseMass * body.forceY);
    body.angularVelocity += dt * body.inverseInertia * body.torque;
  }

  const ratio = world.inverseStep * dt;
  for (let i = 0; i < contacts; i++) prepareContact(world, islandContact(world, i), true, ratio);
  for (let i = 0; i < contacts; i++) warmStartContact(islandContact(world, i));
  for (let i = 0; i < joints; i++) prepareJoint(world, islandJoint(world, i), dt, ratio);
  iterateVelocities(world, velocityIterations, bodies, joints, contacts);
  for (let i = 0; i < contacts; i++) keepImpulses(islandContact(world, i));

  for (let i = 0; i < bodies; i++) integratePosition(islandBody(world, i), dt);
  const settled = iteratePositions(world, positionIterations, joints, contacts);
  for (let i = 0; i < bodies; i++) setTransform(islandBody(world, i));
  fallAsleep(world, dt, bodies, settled);
}

/**
 * Iterates over joints and contacts.
 *
 * What an iteration does follows from velocities, motors' and contacts' impulses. Once these recur to the bit, often
 * after some ten iterations, all others go around the same cycle, and need not be computed. Only the impulses of a
 * joint's point and limit are mere sums, which do not act back: they go on growing by what rounding leaves over, as
 * they would. Brent's algorithm finds the cycle: compare with the state noted at the last power of two.
 */
export function iterateVelocities(world: World, iterations: i32, bodies: i32, joints: i32, contacts: i32): void {
  let noted = 0;
  let next = world.everyIteration ? 0 : 1;
  for (let i = 1; i <= iterations; i++) {
    iterate(world, joints, contacts);
    if (noted > 0 && unchanged(world, bodies, joints, contacts)) {
      i += goAround(world, i - noted, iterations - i, bodies, joints, contacts);
      noted = 0;
      next = i + 1;
    } else if (i == next) {
      noteState(world, bodies, joints, contacts);
      noted = i;
      next = 2 * i;
    }
  }
}

@inline
function iterate(world: World, joints: i32, contacts: i32): void {
  for (let j = 0; j < joints; j++) solveJointVelocity(islandJoint(world, j));
  for (let c = 0; c < contacts; c++) solveContactVelocity(islandContact(world, c));
}

/**
 * Does whole cycles of `period` iterations, at most `remaining` iterations in all; returns how many. The first cycle is
 * computed, to know what joints add to their impulses in it; then only that is done.
 */
function goAround(world: World, period: i32, remaining: i32, bodies: i32, joints: i32, contacts: i32): i32 {
  const added = scratchOf(world);
  const stride: usize = 12 * <usize>joints;
  if (2 * period > remaining || <usize>period * stride > <usize>scratchSize) return 0;
  for (let phase = 0; phase < period; phase++) {
    iterate(world, joints, contacts);
    for (let j = 0; j < joints; j++) {
      const joint = islandJoint(world, j);
      const at = added + <usize>phase * stride + <usize>(12 * j);
      store<f32>(at, joint.addedX);
      store<f32>(at, joint.addedY, 4);
      store<f32>(at, joint.addedZ, 8);
      // A limit that lets go acts back, unless it holds nothing in the first place.
      if (joint.pulling && (period > 1 || joint.addedZ != 0)) remaining = 0;
    }
  }
  if (!unchanged(world, bodies, joints, contacts)) return period;
  let cycles = max(remaining - period, 0) / period;
  for (let j = 0; j < joints; j++)
    cycles = cyclesWithinLimit(islandJoint(world, j), added + <usize>(12 * j), stride, period, cycles);
  for (let j = 0; j < joints; j++) addCycles(islandJoint(world, j), added + <usize>(12 * j), stride, period, cycles);
  return period + cycles * period;
}

function unchanged(world: World, bodies: i32, joints: i32, contacts: i32): bool {
  for (let i = 0; i < bodies; i++) {
    const body = islandBody(world, i);
    if (
      !same(body.velocityX, body.seenX) ||
      !same(body.velocityY, body.seenY) ||
      !same(body.angularVelocity, body.seenAngular)
    )
      return false;
  }
  for (let i = 0; i < joints; i++) {
    const joint = islandJoint(world, i);
    if (!same(joint.motorImpulse, joint.seenMotor)) return false;
  }
  for (let i = 0; i < contacts; i++) if (!contactUnchanged(islandContact(world, i))) return false;
  return true;
}

function noteState(world: World, bodies: i32, joints: i32, contacts: i32): void {
  for (let i = 0; i < bodies; i++) {
    const body = islandBody(world, i);
    body.seenX = body.velocityX;
    body.seenY = body.velocityY;
    body.seenAngular = body.angularVelocity;
  }
  for (let i = 0; i < joints; i++) {
    const joint = islandJoint(world, i);
    joint.seenMotor = joint.motorImpulse;
  }
  for (let i = 0; i < contacts; i++) noteContact(islandContact(world, i));
}

/** Iterates until all errors are small; false if they never are. */
function iteratePositions(world: World, iterations: i32, joints: i32, contacts: i32): bool {
  for (let i = 0; i < iterations; i++) {
    let least: f32 = 0;
    for (let c = 0; c < contacts; c++) least = solveContactPosition(islandContact(world, c), least, false);
    let fine = least >= <f32>-3 * linearSlop;
    for (let j = 0; j < joints; j++) fine = solveJointPosition(islandJoint(world, j)) && fine;
    if (fine) return true;
  }
  return false;
}

/** All of an island sleep once each has been slow for half a second, if its positions are settled. */
function fallAsleep(world: World, dt: f32, bodies: i32, settled: bool): void {
  const linear = linearSleepTolerance * linearSleepTolerance;
  const angular = angularSleepTolerance * angularSleepTolerance;
  let least: f32 = largest;
  for (let i = 0; i < bodies; i++) {
    const body = islandBody(world, i);
    const square = dot(body.velocityX, body.velocityY, body.velocityX, body.velocityY);
    if (body.angularVelocity * body.angularVelocity > angular || square > linear) body.sleepTime = 0;
    else body.sleepTime += dt;
    if (body.sleepTime < least) least = body.sleepTime;
  }
  if (least < timeToSleep || !settled) return;
  for (let i = 0; i < bodies; i++) {
    const body = islandBody(world, i);
    body.awake = 0;
    body.sleepTime = 0;
    body.velocityX = 0;
    body.velocityY = 0;
    body.angularVelocity = 0;
    body.forceX = 0;
    body.forceY = 0;
    body.torque = 0;
  }
}
