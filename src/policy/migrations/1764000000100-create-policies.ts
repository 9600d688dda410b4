import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  createRecordTable,
  dropRecordTable,
  type RecordTableDefinition,
} from '../../platform/records/capture/record-table.js';
import type { GuardedTable } from '../../platform/records/life-cycle/guard-life-cycle.js';
import type { Searched } from '../../platform/records/lists/keep-search-words.js';
import { policyChecks } from './1764000000100-policy-checks.js';

const lifeCycle: GuardedTable = {
  resource: 'policies',
  type: 'policy',
  table: 'policies',
  initial: 'draft',
  transitions: {
    draft: ['in_review'],
    in_review: ['draft', 'approved'],
    approved: ['published'],
    published: ['suspended', 'retired'],
    suspended: ['published', 'retired'],
    retired: [],
  },
  reviewed: ['approved', 'published'],
};

const searched: Searched = {
  texts: [
    { column: 'code', weight: 'A' },
    { column: 'title', weight: 'A' },
    { column: 'summary', weight: 'B' },
    { column: 'description', weight: 'C' },
  ],
  entries: { tags: 'tags' },
};

/** What lists filter and sort by (`policyLists`), beside `searched`; for deleted records as well. */
const indexes = [
  'CREATE UNIQUE INDEX policies_code ON policies (agency, code) WHERE deleted_at IS NULL',
  'CREATE INDEX policies_status ON policies (agency, status, id)',
  'CREATE INDEX policies_title ON policies (agency, title, id)',
  'CREATE INDEX policies_program_type ON policies (agency, program_type, id)',
  `CREATE INDEX policies_effective_from ON policies (agency, coalesce(effective_from, '-infinity'), id)`,
  `CREATE INDEX policies_effective_to ON policies (agency, coalesce(effective_to, 'infinity'), id)`,
];

const policies: RecordTableDefinition = {
  resource: 'policies',
  table: 'policies',
  revision: 1,
  columns: [
    { member: 'code', column: 'code', type: 'text', options: 'COLLATE "C"' },
    { member: 'title', column: 'title', type: 'text', options: 'COLLATE "C" NOT NULL' },
    { member: 'summary', column: 'summary', type: 'text' },
    { member: 'description', column: 'description', type: 'text' },
    { member: 'programType', column: 'program_type', type: 'text' },
    { member: 'jurisdiction', column: 'jurisdiction', type: 'jsonb' },
    { member: 'status', column: 'status', type: 'text', options: `NOT NULL DEFAULT 'draft'` },
    { member: 'effectiveFrom', column: 'effective_from', type: 'date' },
    { member: 'effectiveTo', column: 'effective_to', type: 'date' },
    { member: 'parameters', column: 'parameters', type: 'jsonb', options: `NOT NULL DEFAULT '{}'` },
    { member: 'rules', column: 'rules', type: 'jsonb' },
    { member: 'legalCitations', column: 'legal_citations', type: 'jsonb', options: `NOT NULL DEFAULT '[]'` },
    { member: 'contact', column: 'contact', type: 'jsonb' },
    { member: 'supersedes', column: 'supersedes', type: 'text', options: 'COLLATE "C"' },
    { member: 'tags', column: 'tags', type: 'text[]', options: `NOT NULL DEFAULT '{}'` },
    { member: 'externalIds', column: 'external_ids', type: 'jsonb', options: `NOT NULL DEFAULT '{}'` },
    { member: 'customFields', column: 'custom_fields', type: 'jsonb', options: `NOT NULL DEFAULT '{}'` },
  ],
  checks: policyChecks,
  constraints: [
    // Keys never change and rows are never removed: what is there now stays, deleted or not.
    'CONSTRAINT policies_supersedes_known FOREIGN KEY (agency, supersedes) REFERENCES policies (agency, id)',
  ],
  searched,
  indexes,
  lifeCycle,
};

export class CreatePolicies1764000000100 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await createRecordTable(queryRunner, policies);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropRecordTable(queryRunner, policies);
  }
}
