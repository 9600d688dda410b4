import type { CursorStore } from './cursor-store.js';

/**
 * Records whose delivery this process has lived through, though its acknowledgement does not say so: it came too late,
 * or the database was away. They are not suspected of ending the process (`starts` of a `Claim`), here from now on,
 * and elsewhere once the database has been told.
 */
export class Acquittals {
  private readonly cursorIds = new Set<string>();

  constructor(private readonly cursors: Pick<CursorStore, 'acquit'>) {}

  add(cursorId: string): void {
    this.cursorIds.add(cursorId);
  }

  has(cursorId: string): boolean {
    return this.cursorIds.has(cursorId);
  }

  /** Tells the database; of cursors that a writer holds, the next time. */
  async tell(): Promise<void> {
    if (this.cursorIds.size === 0) return;
    for (const id of await this.cursors.acquit([...this.cursorIds])) this.cursorIds.delete(id);
  }
}
