export const create = () => {
  throw new Error("not yet");
};
