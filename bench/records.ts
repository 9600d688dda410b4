/** The agency of the benchmark's records. */
export const agency = 'bench';

/** Their ids: `p1`, `p2`, … */
export function recordId(number: number): string {
  return `p${number}`;
}

/** A member that differs from every earlier one, so that each update makes a new version. */
export function newDescription(): string {
  return `Eligible for benefit, rule ${Math.random()}`;
}
