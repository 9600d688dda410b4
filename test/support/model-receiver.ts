/** What a model of a sender sends. */
export interface ModelMessage {
  readonly record: string;
  readonly version: number;
  readonly document: string;
  readonly resync: boolean;
}

/**
 * A receiver in memory that does what the sync contract says: it keeps what is newer, and every resync. Notes
 * what no sender may do.
 */
export class ModelReceiver {
  readonly held = new Map<string, { readonly version: number; readonly document: string }>();
  readonly faults: string[] = [];
  private readonly accepted = new Map<string, Set<number>>();
  /** Records of which nothing has come since the target was attached: they may begin at any version. */
  private begun = new Set<string>();

  /** Versions that must come again, by record. A resync stands for all of them. */
  private readonly expected = new Map<string, Set<number>>();

  /** The target was attached again: it gets everything anew. */
  attach(): void {
    this.begun = new Set();
    this.expected.clear();
  }

  /** The version must come again. */
  expect(record: string, version: number): void {
    this.expected.set(record, (this.expected.get(record) ?? new Set()).add(version));
  }

  expectedOf(record: string): number[] {
    return [...(this.expected.get(record) ?? [])];
  }

  accept({ record, version, document, resync }: ModelMessage): void {
    const versions = this.accepted.get(record) ?? new Set<number>();
    this.accepted.set(record, versions);
    const newest = Math.max(0, ...versions);
    // A replay may begin before the first version that the target ever got.
    if (!resync && this.begun.has(record) && version > newest + 1)
      this.faults.push(`${record}: version ${version} came after ${newest}`);
    this.begun.add(record);
    if (resync) this.expected.delete(record);
    else this.expected.get(record)?.delete(version);
    versions.add(version);
    const before = this.held.get(record)?.version ?? 0;
    if (resync && version < before)
      this.faults.push(`${record}: a resync brought version ${version} after version ${before}`);
    if (resync || version > before) this.held.set(record, { version, document });
  }
}
