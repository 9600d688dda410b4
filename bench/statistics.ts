/** The value that a share of the values does not exceed (nearest rank). `share` is 0.5 for the median. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const middle = percentile(values, 0.5);
  if (values.length % 2 === 1) return middle;
  const upper = values.toSorted((one, other) => one - other)[values.length / 2] ?? Number.NaN;
  return (middle + upper) / 2;
}

/** The numbers of a range in random order (Fisher and Yates). */
export function shuffled(count: number): number[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1));
    [numbers[index], numbers[other]] = [numbers[other] ?? 0, numbers[index] ?? 0];
  }
  return numbers;
}

/** Milliseconds since 1970 with fractions, comparable between the processes of one machine. */
export function clock(): number {
  return performance.timeOrigin + performance.now();
}
