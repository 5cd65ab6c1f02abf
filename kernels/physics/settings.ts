// Box2D's tuning, in metres, kilograms and seconds (b2Settings.h of 2.3). The values are those of the solver that
// Gymnasium's environments were made on, and every one of them shows in a trajectory.

export const pi: f32 = 3.14159265359;
export const epsilon: f32 = 1.1920929e-7;
export const largest: f32 = 3.40282347e38;

/** Vertices of a polygon. Box2D's limit is 16 in Gymnasium's build; no environment has more than 8. */
export const maxVertices: i32 = 8;

export const linearSlop: f32 = 0.005;
export const angularSlop: f32 = (<f32>2 / <f32>180) * pi;
/** The skin around every shape. */
export const skin: f32 = <f32>2 * linearSlop;

/** How far bounding boxes reach beyond their shapes, and beyond the way of a step as multiples of it. */
export const boxMargin: f32 = 0.1;
export const boxMultiplier: f32 = 2;

/** Approaching slower than this, nothing bounces. */
export const velocityThreshold: f32 = 1;
export const maxLinearCorrection: f32 = 0.2;
export const maxAngularCorrection: f32 = (<f32>8 / <f32>180) * pi;
export const maxTranslation: f32 = 2;
export const maxRotation: f32 = <f32>0.5 * pi;
/** Share of an overlap that one iteration resolves: in a step, and at a time of impact. */
export const baumgarte: f32 = 0.2;
export const impactBaumgarte: f32 = 0.75;

export const maxSubSteps: i32 = 8;
export const impactPositionIterations: i32 = 20;
/** Deepest points that a time of impact tries on one axis: Box2D's number of vertices. */
export const maxPushBacks: i32 = 16;

export const timeToSleep: f32 = 0.5;
export const linearSleepTolerance: f32 = 0.01;
export const angularSleepTolerance: f32 = (<f32>2 / <f32>180) * pi;
