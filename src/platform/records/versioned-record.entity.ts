import { Column, PrimaryColumn } from 'typeorm';

/**
 * The columns that every captured table has. The triggers of `captureTable` own all but the key: whatever
 * a statement supplies for `version`, `created_at` and `updated_at` is replaced.
 */
export abstract class VersionedRecord {
  /** The agency that owns the record. First in every key, so that tables can be distributed by it. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  agency: string;

  /** Unique within the agency, `[A-Za-z0-9][A-Za-z0-9._~-]{0,63}`, never changed. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id: string;

  /** 1 for a new record, one more with every change. */
  @Column({ type: 'integer', default: 1 })
  version: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  /** Strictly later with every version, even if the server's clock steps back. */
  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;

  /** When the record was deleted; null while it lives. */
  @Column({ name: 'deleted_at', type: 'timestamptz', nullable: true })
  deletedAt: Date | null;

  /** The words to find it by; a trigger keeps them. No member of the record. */
  @Column({ type: 'tsvector', nullable: true, select: false, insert: false, update: false })
  search: string | null;
}
