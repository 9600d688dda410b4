import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Reads a file that holds a secret, making it at the first use, readable by its owner alone. Of several
 * processes that make it at once all get the same secret, and none sees it half written.
 */
export function secretFile(file: string, make: () => string): string {
  if (!existsSync(file)) createFile(file, make());
  return readFileSync(file, 'utf8');
}

/** Written aside and linked: the first of several processes wins. */
function createFile(file: string, content: string): void {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `.${randomUUID()}`);
  writeFileSync(draft, content, { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!existsSync(file)) throw error;
  } finally {
    rmSync(draft);
  }
}
