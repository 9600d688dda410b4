/** Numbers from 0 to 1, the same for the same seed. */
export type Random = () => number;

/**
 * Runs a test that depends on chance. A failure names the seed; with it in the environment variable `SEED`
 * the same numbers come again.
 */
export async function withSeed(test: (random: Random) => Promise<void>): Promise<void> {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32));
  try {
    await test(randomOf(seed));
  } catch (error) {
    console.error(`The seed was ${seed}.`);
    throw error;
  }
}

/**
 * Seeds for a test that is run many times: as many as `count`, or the one in the environment variable `SEED`.
 */
export function seeds(count: number): number[] {
  const given = process.env['SEED'];
  if (given !== undefined) return [Number(given)];
  return Array.from({ length: count }, () => Math.floor(Math.random() * 2 ** 32));
}

/** The numbers of a seed. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
