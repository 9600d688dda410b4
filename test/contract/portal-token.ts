/** The token in the contracts of the portals; whoever verifies them puts a valid one in its place. */
export const token = 'a-token-of-your-agency';
