import { parseArgs } from 'node:util';

/** What the command line says: `--quick` shows that all works, its numbers say little. */
export function benchOptions(): { readonly quick: boolean } {
  return parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values;
}

/** Runs a benchmark, and stops what it started when it has ended, failed or been interrupted. */
export async function run(benchmark: (started: AsyncDisposableStack) => Promise<void>): Promise<void> {
  const started = new AsyncDisposableStack();
  const interrupt = (): void => void started.disposeAsync().finally(() => process.exit(1));
  process.once('SIGINT', interrupt);
  try {
    await benchmark(started);
  } finally {
    process.off('SIGINT', interrupt);
    await started.disposeAsync();
  }
}

/** Says what is under way. */
export function print(line: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
}
