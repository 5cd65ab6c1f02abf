// Positions over time: a body's transform, its integration, and its sweep through a step (b2Sweep, b2Body).

import { dot, length, same } from "./arithmetic";
import { Body, Shape, Transform, World, shapeAt } from "./layout";
import { rotation } from "./rotation";
import { maxRotation, maxTranslation } from "./settings";
import { moveBox } from "./shapes";

/** Makes sine and cosine those of the angle. */
@inline
export function rotate(body: Body): void {
  if (same(body.angle, body.rotation)) return;
  body.rotation = body.angle;
  rotation(body.angle, changetype<usize>(body) + offsetof<Body>("sin"));
}

/** Makes the transform that of centre and angle. */
export function setTransform(body: Body): void {
  rotate(body);
  body.x = body.centerX - (body.cos * body.localCenterX - body.sin * body.localCenterY);
  body.y = body.centerY - (body.sin * body.localCenterX + body.cos * body.localCenterY);
}

/** Moves by the velocity, within Box2D's limits of one step. */
export function integratePosition(body: Body, dt: f32): void {
  const dx = dt * body.velocityX;
  const dy = dt * body.velocityY;
  if (dot(dx, dy, dx, dy) > maxTranslation * maxTranslation) {
    const ratio = maxTranslation / length(dx, dy);
    body.velocityX *= ratio;
    body.velocityY *= ratio;
  }
  const turn = dt * body.angularVelocity;
  if (turn * turn > maxRotation * maxRotation) body.angularVelocity *= maxRotation / abs<f32>(turn);
  body.centerX += dt * body.velocityX;
  body.centerY += dt * body.velocityY;
  body.angle += dt * body.angularVelocity;
}

/** Moves the start of the sweep to the fraction `alpha` of the step. */
export function advanceStart(body: Body, alpha: f32): void {
  const t = (alpha - body.alpha0) / (<f32>1 - body.alpha0);
  body.center0X = (<f32>1 - t) * body.center0X + t * body.centerX;
  body.center0Y = (<f32>1 - t) * body.center0Y + t * body.centerY;
  body.angle0 = (<f32>1 - t) * body.angle0 + t * body.angle;
  body.alpha0 = alpha;
}

/** Puts the body where it is at the fraction `alpha` of the step. */
export function advance(body: Body, alpha: f32): void {
  advanceStart(body, alpha);
  body.centerX = body.center0X;
  body.centerY = body.center0Y;
  body.angle = body.angle0;
  setTransform(body);
}

/** The bounding box follows, `start` being room for a transform. */
export function followBox(world: World, body: Body, start: Transform): void {
  if (body.shape < 0) return;
  rotation(body.angle0, changetype<usize>(start) + offsetof<Transform>("sin"));
  start.x = body.center0X - (start.cos * body.localCenterX - start.sin * body.localCenterY);
  start.y = body.center0Y - (start.sin * body.localCenterX + start.cos * body.localCenterY);
  const shape: Shape = shapeAt(world, body.shape);
  if (moveBox(shape, start, changetype<Transform>(changetype<usize>(body)))) body.boxMoved = 1;
}
