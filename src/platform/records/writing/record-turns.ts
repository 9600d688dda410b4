import { ProblemError } from '../../http/problems/problem.error.js';

/** Milliseconds that a write waits for its turn. */
const patience = 5_000;

/**
 * Lets the writes of one record go one after another, in the order in which they came. The row's lock would do that
 * too, but each write that waits for it holds a connection of the pool: a record that many change at once would keep
 * all other writes of the process waiting, though the lock is free in a moment. Here it takes one connection.
 */
export class RecordTurns {
  /** By record: those that wait behind the one whose turn it is. */
  private readonly waiting = new Map<string, (() => void)[]>();

  /** @throws {ProblemError} `unavailable` when its turn does not come in time; then the work was not begun */
  async inTurn<Result>(record: string, work: () => Promise<Result>): Promise<Result> {
    const queue = this.waiting.get(record);
    if (queue) await turnIn(queue);
    else this.waiting.set(record, []);
    try {
      return await work();
    } finally {
      this.pass(record);
    }
  }

  private pass(record: string): void {
    const next = this.waiting.get(record)?.shift();
    if (next) next();
    else this.waiting.delete(record);
  }
}

function turnIn(queue: (() => void)[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const begin = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      queue.splice(queue.indexOf(begin), 1);
      reject(tooMany());
    }, patience);
    queue.push(begin);
  });
}

const tooMany = (): ProblemError =>
  new ProblemError(
    'unavailable',
    'So many changes of this record are under way that this one was not begun; send it again.',
    { headers: { 'Retry-After': '1' } },
  );
