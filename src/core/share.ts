/** How many of `total` a share from 0 to 1 is: the nearest whole number, and at least one of a share above 0. */
export const sizeOfShare = (share: number, total: number): number =>
  share === 0 ? 0 : Math.min(total, Math.max(1, Math.round(share * total)));
