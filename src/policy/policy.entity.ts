import { Column, ForeignKey, Index } from 'typeorm';
import { RecordTable } from '../platform/records/record-table.decorator.js';
import { VersionedRecord } from '../platform/records/versioned-record.entity.js';
import type { Contact, Jurisdiction, LegalCitation, ProgramType } from './policy-parts.js';
import type { PolicyStatus } from './policy.life-cycle.js';
import type { Parameters } from './rules/parameter.js';
import type { Rule } from './rules/rule.js';

/** A benefit policy of an agency. What is always replaced as a whole is one `jsonb` column. */
@RecordTable('policies')
@Index('policies_code', ['agency', 'code'], { where: 'deleted_at IS NULL', unique: true })
@Index('policies_status', ['agency', 'status', 'id'])
@Index('policies_title', ['agency', 'title', 'id'])
@Index('policies_program_type', ['agency', 'programType', 'id'])
@Index('policies_effective_from', { synchronize: false })
@Index('policies_effective_to', { synchronize: false })
@ForeignKey(() => Policy, ['agency', 'supersedes'], ['agency', 'id'], { name: 'policies_supersedes_known' })
export class Policy extends VersionedRecord {
  /** Unique among the living policies of the agency. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  code: string | null;

  @Column({ type: 'text', collation: 'C' })
  title: string;

  @Column({ type: 'text', nullable: true })
  summary: string | null;

  @Column({ type: 'text', nullable: true })
  description: string | null;

  @Column({ name: 'program_type', type: 'text', nullable: true })
  programType: ProgramType | null;

  @Column({ type: 'jsonb', nullable: true })
  jurisdiction: Jurisdiction | null;

  @Column({ type: 'text', default: 'draft' })
  status: PolicyStatus;

  /** First day on which the policy is in force; null: from ever. */
  @Column({ name: 'effective_from', type: 'date', nullable: true })
  effectiveFrom: string | null;

  /** First day on which it is no longer in force; null: for ever. */
  @Column({ name: 'effective_to', type: 'date', nullable: true })
  effectiveTo: string | null;

  @Column({ type: 'jsonb', default: {} })
  parameters: Parameters;

  /** Who is eligible. */
  @Column({ type: 'jsonb', nullable: true })
  rules: Rule | null;

  @Column({ name: 'legal_citations', type: 'jsonb', default: [] })
  legalCitations: LegalCitation[];

  @Column({ type: 'jsonb', nullable: true })
  contact: Contact | null;

  /** Id of the policy that this one takes the place of. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  supersedes: string | null;

  @Column({ type: 'text', array: true, default: [] })
  tags: string[];

  @Column({ name: 'external_ids', type: 'jsonb', default: {} })
  externalIds: Record<string, string>;

  @Column({ name: 'custom_fields', type: 'jsonb', default: {} })
  customFields: Record<string, unknown>;
}
