// Contacts: found where boxes overlap, kept while they do, and their manifolds (b2ContactManager, b2Contact). Only
// bodies and the ground collide: in no environment do bodies collide with each other.

import { larger } from "./arithmetic";
import { collideEdge, collidePolygons } from "./collide";
import { Body, Contact, World, bodyAt, contactAt, contactByAge, orderAt, pointAt, setOrder, shapeAt } from "./layout";
import { boxesOverlap } from "./shapes";

@inline
export function wake(body: Body): void {
  if (body.awake) return;
  body.awake = 1;
  body.sleepTime = 0;
}

@inline
function pairAt(world: World, index: i32): usize {
  return changetype<usize>(world) + world.pairs + ((<usize>index) << 2);
}

/** Makes contacts of all new pairs of overlapping boxes, ordered by when their shapes were made. */
export function findContacts(world: World): void {
  const everything = world.newShapes != 0;
  world.newShapes = 0;
  let pairs = 0;
  for (let b = 0; b < world.bodyCount; b++) {
    const body = bodyAt(world, b);
    const moved = body.boxMoved != 0;
    body.boxMoved = 0;
    if (body.shape < 0 || !(moved || everything)) continue;
    const shape = shapeAt(world, body.shape);
    for (let s = 0; s < world.shapeCount; s++) {
      const ground = shapeAt(world, s);
      if (!boxesOverlap(ground, shape) || ground.body >= 0) continue;
      if (!(shape.mask & ground.category) || !(shape.category & ground.mask)) continue;
      if (hasContact(world, s, b)) continue;
      if (world.contactCount + pairs == world.contactCapacity) {
        world.overflow = 1;
        continue;
      }
      // Two indices of shapes, the smaller in front, sorted as they come.
      const key = s < body.shape ? (s << 16) | body.shape : (body.shape << 16) | s;
      let i = pairs++;
      for (; i > 0 && load<i32>(pairAt(world, i - 1)) > key; i--)
        store<i32>(pairAt(world, i), load<i32>(pairAt(world, i - 1)));
      store<i32>(pairAt(world, i), key);
    }
  }
  for (let i = 0; i < pairs; i++) {
    const key = load<i32>(pairAt(world, i));
    const first = key >> 16;
    const second = key & 0xffff;
    if (shapeAt(world, first).body < 0) addContact(world, first, second);
    else addContact(world, second, first);
  }
}

function hasContact(world: World, shape: i32, body: i32): bool {
  for (let i = 0; i < world.contactCount; i++) {
    const contact = contactByAge(world, i);
    if (contact.shape == shape && contact.body == body) return true;
  }
  return false;
}

function addContact(world: World, groundIndex: i32, shapeIndex: i32): void {
  const ground = shapeAt(world, groundIndex);
  const shape = shapeAt(world, shapeIndex);
  const contact = contactAt(world, orderAt(world, world.contactCount++));
  contact.shape = groundIndex;
  contact.body = shape.body;
  contact.friction = sqrt<f32>(ground.friction * shape.friction);
  contact.restitution = larger(ground.restitution, shape.restitution);
  contact.enabled = 1;
  contact.touching = 0;
  contact.inIsland = 0;
  contact.impactCount = 0;
  contact.impactKnown = 0;
  contact.pointCount = 0;
  wake(bodyAt(world, shape.body));
}

function removeContact(world: World, age: i32): void {
  const slot = orderAt(world, age);
  const contact = contactAt(world, slot);
  const body = bodyAt(world, contact.body);
  if (contact.touching) body.touching = 0;
  if (contact.pointCount > 0) wake(body);
  const last = --world.contactCount;
  for (let i = age; i < last; i++) setOrder(world, i, orderAt(world, i + 1));
  setOrder(world, last, slot);
}

/** Looks at all contacts of awake bodies, from the newest to the oldest. */
export function updateContacts(world: World): void {
  for (let age = world.contactCount - 1; age >= 0; age--) {
    const contact = contactByAge(world, age);
    const body = bodyAt(world, contact.body);
    if (!body.awake) continue;
    if (boxesOverlap(shapeAt(world, contact.shape), shapeAt(world, body.shape))) updateContact(world, contact);
    else removeContact(world, age);
  }
}

/** A new manifold. Points known from the last one keep their impulses; beginning and ending are noted at the body. */
export function updateContact(world: World, contact: Contact): void {
  const body = bodyAt(world, contact.body);
  const oldCount = contact.pointCount;
  const old0 = pointAt(contact, 0);
  const key0 = old0.key;
  const normal0 = old0.normalImpulse;
  const tangent0 = old0.tangentImpulse;
  const old1 = pointAt(contact, 1);
  const key1 = old1.key;
  const normal1 = old1.normalImpulse;
  const tangent1 = old1.tangentImpulse;

  contact.enabled = 1;
  const ground = shapeAt(world, contact.shape);
  const shape = shapeAt(world, body.shape);
  if (ground.count == 2) collideEdge(world, contact, ground, shape, body);
  else collidePolygons(world, contact, ground, shape, body);
  for (let i = 0; i < contact.pointCount; i++) {
    const point = pointAt(contact, i);
    const is0 = oldCount > 0 && key0 == point.key;
    const is1 = !is0 && oldCount > 1 && key1 == point.key;
    point.normalImpulse = is0 ? normal0 : is1 ? normal1 : 0;
    point.tangentImpulse = is0 ? tangent0 : is1 ? tangent1 : 0;
  }

  const touching = contact.pointCount > 0 ? 1 : 0;
  if (touching == contact.touching) return;
  contact.touching = touching;
  wake(body);
  body.touching = touching;
  body.contactsBegun += touching;
}
