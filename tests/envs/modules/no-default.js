export const something = 7;
