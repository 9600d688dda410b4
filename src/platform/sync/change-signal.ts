import { Injectable } from '@nestjs/common';
import type { DatabaseName } from '../config/settings.js';

/**
 * Tells the dispatcher of a database, within this process, that a change was just committed there. Only
 * saves waiting time: a change nobody signals is found by polling.
 */
@Injectable()
export class ChangeSignal {
  private readonly listeners = new Map<DatabaseName, readonly (() => void)[]>();

  /** To be called right after a commit. Returns at once and never throws. */
  notify(database: DatabaseName): void {
    for (const listener of this.listeners.get(database) ?? []) listener();
  }

  /** Calls `listener` on every signal of this database. */
  subscribe(database: DatabaseName, listener: () => void): void {
    this.listeners.set(database, [...(this.listeners.get(database) ?? []), listener]);
  }
}
