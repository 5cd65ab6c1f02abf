// Continuous collision: a body that would tunnel into the ground within a step is stopped at the time of impact, and
// goes on from there (b2World::SolveTOI). Joints have no part in it.

import { smaller } from "./arithmetic";
import { prepareContact, solveContactPosition } from "./contact-solver";
import { findContacts, updateContact, wake } from "./contacts";
import { iterateVelocities } from "./islands";
import {
  Body,
  Contact,
  Transform,
  World,
  bodyAt,
  contactAt,
  contactByAge,
  groundAt,
  islandContact,
  orderAt,
  scratchOf,
  shapeAt,
} from "./layout";
import { advance, advanceStart, followBox, integratePosition, setTransform } from "./motion";
import { epsilon, impactPositionIterations, linearSlop, maxSubSteps } from "./settings";
import { timeOfImpact } from "./time-of-impact";

export function solveImpacts(world: World, dt: f32, velocityIterations: i32): void {
  for (let i = 0; i < world.bodyCount; i++) bodyAt(world, i).alpha0 = 0;
  for (let i = 0; i < world.groundCount; i++) groundAt(world, i).alpha0 = 0;
  for (let age = 0; age < world.contactCount; age++) {
    const contact = contactByAge(world, age);
    contact.impactKnown = 0;
    contact.impactCount = 0;
  }
  for (;;) {
    let first = -1;
    let alpha: f32 = 1;
    for (let age = world.contactCount - 1; age >= 0; age--) {
      const contact = contactByAge(world, age);
      if (!contact.enabled || contact.impactCount > maxSubSteps) continue;
      if (!contact.impactKnown && !findImpact(world, contact)) continue;
      if (contact.impact < alpha) {
        alpha = contact.impact;
        first = orderAt(world, age);
      }
    }
    if (first < 0 || alpha > <f32>1 - <f32>10 * epsilon) return;
    solveImpact(world, first, alpha, dt, velocityIterations);
  }
}

/** Computes when the contact's body hits its ground; false where the body sleeps. */
function findImpact(world: World, contact: Contact): bool {
  const body = bodyAt(world, contact.body);
  if (!body.awake) return false;
  const shape = shapeAt(world, contact.shape);
  // Both onto the same interval of time.
  const ground = groundAt(world, shape.ground);
  if (ground.alpha0 < body.alpha0) ground.alpha0 = body.alpha0;
  else if (body.alpha0 < ground.alpha0) advanceStart(body, ground.alpha0);
  const alpha0 = body.alpha0;
  const t = timeOfImpact(world, shape, body);
  contact.impact = t < 0 ? <f32>1 : smaller(alpha0 + (<f32>1 - alpha0) * t, 1);
  contact.impactKnown = 1;
  return true;
}

/** Solves one impact, and moves the body on through the rest of the step. */
function solveImpact(world: World, slot: i32, alpha: f32, dt: f32, velocityIterations: i32): void {
  const contact = contactAt(world, slot);
  const body = bodyAt(world, contact.body);
  const ground = groundAt(world, shapeAt(world, contact.shape).ground);
  const center0X = body.center0X;
  const center0Y = body.center0Y;
  const angle0 = body.angle0;
  const alpha0 = body.alpha0;
  const centerX = body.centerX;
  const centerY = body.centerY;
  const angle = body.angle;
  const groundAlpha0 = ground.alpha0;

  advance(body, alpha);
  ground.alpha0 = alpha;
  updateContact(world, contact);
  contact.impactKnown = 0;
  contact.impactCount++;
  if (!contact.touching) {
    contact.enabled = 0;
    body.center0X = center0X;
    body.center0Y = center0Y;
    body.angle0 = angle0;
    body.alpha0 = alpha0;
    body.centerX = centerX;
    body.centerY = centerY;
    body.angle = angle;
    ground.alpha0 = groundAlpha0;
    setTransform(body);
    return;
  }
  wake(body);

  // What else of the ground the body touches then.
  let contacts = 0;
  store<i32>(changetype<usize>(world) + world.islandContacts, slot);
  contacts++;
  for (let i = 0; i < world.groundCount; i++) groundAt(world, i).inIsland = 0;
  ground.inIsland = 1;
  for (let age = world.contactCount - 1; age >= 0; age--) {
    const other = orderAt(world, age);
    if (other == slot) continue;
    const near = contactAt(world, other);
    if (near.body != contact.body) continue;
    const its = groundAt(world, shapeAt(world, near.shape).ground);
    const itsAlpha0 = its.alpha0;
    if (!its.inIsland) its.alpha0 = alpha;
    updateContact(world, near);
    if (!near.touching) {
      its.alpha0 = itsAlpha0;
      continue;
    }
    its.inIsland = 1;
    store<i32>(changetype<usize>(world) + world.islandContacts + ((<usize>contacts) << 2), other);
    contacts++;
  }
  store<i32>(changetype<usize>(world) + world.islandBodies, contact.body);
  solveSubStep(world, body, (<f32>1 - alpha) * dt, velocityIterations, contacts);

  followBox(world, body, changetype<Transform>(scratchOf(world)));
  for (let age = 0; age < world.contactCount; age++) {
    const near = contactByAge(world, age);
    if (near.body == contact.body) near.impactKnown = 0;
  }
  findContacts(world);
}

/** Pushes the body out, and gives it velocities and positions for what is left of the step. */
function solveSubStep(world: World, body: Body, dt: f32, velocityIterations: i32, contacts: i32): void {
  for (let i = 0; i < contacts; i++) islandContact(world, i).b = changetype<usize>(body);
  for (let iteration = 0; iteration < impactPositionIterations; iteration++) {
    let least: f32 = 0;
    for (let i = 0; i < contacts; i++) least = solveContactPosition(islandContact(world, i), least, true);
    if (least >= <f32>-1.5 * linearSlop) break;
  }
  // From here on it is safe.
  body.center0X = body.centerX;
  body.center0Y = body.centerY;
  body.angle0 = body.angle;
  setTransform(body);
  // These impulses can be large: they neither come from the last step nor go to the next.
  for (let i = 0; i < contacts; i++) prepareContact(world, islandContact(world, i), false, 1);
  iterateVelocities(world, velocityIterations, 1, 0, contacts);
  integratePosition(body, dt);
  setTransform(body);
}
