/** The size of a soak: its full one, unless the environment variable says another. */
export function soakSize(variable: string, full: number): number {
  const size = Number(process.env[variable] ?? full);
  if (!Number.isSafeInteger(size) || size < 1) throw new Error(`${variable} must be a whole number above 0.`);
  return size;
}
