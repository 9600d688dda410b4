import { openCheckpoint, type SignedCheckpoint } from './checkpoint.js';
import type { Finding } from './finding.js';
import type { KeyObject } from 'node:crypto';
import type { MerkleFrontier } from './merkle-tree.js';

/**
 * Holds the checkpoints of a log against its tree while the tree is built, leaf by leaf. Checkpoints come in
 * the order in which they were signed, so in that of their sizes.
 */
export class CheckpointCheck {
  readonly findings: Finding[] = [];
  private next: SignedCheckpoint | undefined;
  private before: SignedCheckpoint | undefined;
  private matched = 0;
  private differs = false;

  constructor(
    private readonly notes: AsyncIterator<string>,
    private readonly database: string,
    private readonly keys: readonly KeyObject[],
  ) {}

  /** Number of entries that a checkpoint was found to be right about. */
  get covered(): number {
    return this.matched;
  }

  /** Whether there is any checkpoint that an accepted key signed. */
  get signed(): boolean {
    return this.before !== undefined || this.next !== undefined;
  }

  /** Number of entries under the next checkpoint; undefined after the last one. Call it before reading entries. */
  async awaited(): Promise<number | undefined> {
    while (!this.next) {
      const step = await this.notes.next();
      if (step.done) return undefined;
      this.next = this.read(step.value);
    }
    return this.next.size;
  }

  /** Compares the tree with every checkpoint of its size. */
  async compare(tree: MerkleFrontier): Promise<void> {
    while ((await this.awaited()) === tree.size && this.next) {
      const { root, time } = this.next;
      const fits = root.equals(tree.root());
      if (fits) this.matched = tree.size;
      else if (!this.differs)
        this.report(
          'rewritten',
          `${this.range(tree.size)} are not those that the checkpoint of ${time} was signed over.`,
        );
      this.differs ||= !fits;
      this.pass();
    }
  }

  /** The log has ended: says so if a checkpoint is over more. */
  async end(size: number): Promise<void> {
    const awaited = await this.awaited();
    if (awaited === undefined || !this.next) return;
    this.report(
      'truncated',
      `There are ${size} entries, but the checkpoint of ${this.next.time} is over ${awaited}.`,
    );
  }

  private read(note: string): SignedCheckpoint | undefined {
    const checkpoint = openCheckpoint(note, this.keys);
    if (!checkpoint?.origin.startsWith(`hms/${this.database}/`)) {
      const title = note.split('\n', 2).join(', size ');
      this.report(
        'signature',
        `The checkpoint ${title} is not signed by an accepted key for ${this.database}.`,
      );
      return undefined;
    }
    const { before } = this;
    const follows = before
      ? checkpoint.origin === before.origin && checkpoint.previous?.equals(before.hash) === true
      : checkpoint.previous === undefined;
    if (!follows || checkpoint.size < (before?.size ?? 0)) {
      const what = before ? `that of ${before.time}` : 'none, though it names one before it';
      this.report('checkpoint', `The checkpoint of ${checkpoint.time} does not follow ${what}.`);
    }
    if (checkpoint.size < (before?.size ?? 0)) return undefined;
    return checkpoint;
  }

  private pass(): void {
    this.before = this.next;
    this.next = undefined;
  }

  private range(size: number): string {
    return this.matched > 0
      ? `Of the entries ${this.matched + 1} to ${size} some`
      : `Of the first ${size} entries some`;
  }

  private report(kind: Finding['kind'], detail: string): void {
    this.findings.push({ kind, detail });
  }
}
