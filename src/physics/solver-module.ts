// The rigid-body solver's WebAssembly module, compiled once per process, and memory for its worlds.

import { compileModule } from "../webassembly.ts";
import { solver } from "./solver.generated.ts";

/** What kernels/physics exports; `world` is a world's address. All lengths in metres, angles in radians. */
export interface Solver {
  worldSize(grounds: number, shapes: number, bodies: number, joints: number, contacts: number): number;
  createWorld(
    address: number,
    grounds: number,
    shapes: number,
    bodies: number,
    joints: number,
    contacts: number,
    gravityX: number,
    gravityY: number,
    everyIteration: number,
  ): void;
  clearWorld(world: number, gravityX: number, gravityY: number): void;
  addGround(world: number): number;
  addEdge(
    world: number,
    ground: number,
    x1: number,
    y1: number,
    x2: number,
    y2: number,
    friction: number,
    restitution: number,
    category: number,
    mask: number,
  ): number;
  addBlock(
    world: number,
    ground: number,
    count: number,
    friction: number,
    restitution: number,
    category: number,
    mask: number,
  ): number;
  addBody(world: number, x: number, y: number, angle: number): number;
  setPolygon(
    world: number,
    body: number,
    count: number,
    halfWidth: number,
    halfHeight: number,
    density: number,
    friction: number,
    restitution: number,
    category: number,
    mask: number,
  ): number;
  setVelocity(world: number, body: number, x: number, y: number, angular: number): void;
  addJoint(
    world: number,
    bodyA: number,
    bodyB: number,
    anchorAX: number,
    anchorAY: number,
    anchorBX: number,
    anchorBY: number,
    referenceAngle: number,
    limited: number,
    lowerAngle: number,
    upperAngle: number,
    motored: number,
    motorSpeed: number,
    maxMotorTorque: number,
  ): number;
  setMotor(world: number, joint: number, motorSpeed: number, maxMotorTorque: number): void;
  applyForce(world: number, body: number, x: number, y: number, torque: number): void;
  applyImpulse(world: number, body: number, x: number, y: number, pointX: number, pointY: number): void;
  step(world: number, dt: number, velocityIterations: number, positionIterations: number): void;
  castRay(world: number, x1: number, y1: number, x2: number, y2: number, mask: number): number;
  vertexBuffer(world: number): number;
  bodiesOffset(world: number): number;
  bodySize(): number;
  overflowOffset(): number;
}

/** Memory that holds several worlds. Its size never changes, so views of it stay valid. */
interface Arena {
  solver: Solver;
  buffer: ArrayBuffer;
  next: number;
}

export interface Place {
  solver: Solver;
  buffer: ArrayBuffer;
  address: number;
}

const pageSize = 65_536;
const arenaPages = 16;
const firstAddress = 1024; // nothing lives at null
const cacheLine = 64;

let compiled: Promise<WebAssembly.Module> | undefined;
/** The arena of new worlds. A full one is dropped, and lives as long as one of its worlds. */
let newest: Arena | undefined;

/** Compiles the solver, or waits for a compilation in progress. */
export const loadSolver = (): Promise<WebAssembly.Module> => (compiled ??= compileModule(solver));

/** Finds room for a world; `sizeOf` says how many bytes it takes. */
export function reserve(module: WebAssembly.Module, sizeOf: (solver: Solver) => number): Place {
  let arena = (newest ??= createArena(module, arenaPages));
  const size = Math.ceil(sizeOf(arena.solver) / cacheLine) * cacheLine;
  if (arena.next + size > arena.buffer.byteLength) {
    arena = createArena(module, Math.max(arenaPages, Math.ceil((firstAddress + size) / pageSize)));
    newest = arena;
  }
  const address = arena.next;
  arena.next += size;
  return { solver: arena.solver, buffer: arena.buffer, address };
}

function createArena(module: WebAssembly.Module, pages: number): Arena {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const solver = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Solver;
  return { solver, buffer: memory.buffer, next: firstAddress };
}
