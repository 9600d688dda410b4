/** A point that work waits at until a test lets it through. */
export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: () => resolve() };
}

/** Waits for a condition; fails after so many milliseconds, saying what was waited for. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patience = 15_000,
): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${patience} ms in vain: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
