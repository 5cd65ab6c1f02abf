// A corridor in plain JavaScript, as a user would write it: walk right to its end.
const discrete = (n) => ({ kind: "discrete", n, start: 0 });

export class Corridor {
  observationSpace = discrete(11);
  actionSpace = discrete(2);
  place = 0;

  constructor({ length = 10, reward = -1 } = {}) {
    Object.assign(this, { length, reward });
  }

  reset() {
    this.place = 0;
    return { observation: this.place, info: {} };
  }

  step(action) {
    this.place = Math.max(0, this.place + (action === 1 ? 1 : -1));
    const terminated = this.place >= this.length;
    return { observation: this.place, reward: this.reward, terminated, truncated: false, info: {} };
  }
}

export default (options) => new Corridor(options);

export const ready = new Corridor();
