/** What a member can choose for a link; the first is chosen at first. */
export const LINK_DAYS = [1, 7, 30, 180] as const;
export const LINK_USES = [5, 1, 20, 100] as const;
