import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  createRecordTable,
  dropRecordTable,
  type RecordTableDefinition,
} from '../../platform/records/capture/record-table.js';
import type { GuardedTable } from '../../platform/records/life-cycle/guard-life-cycle.js';
import type { Searched } from '../../platform/records/lists/keep-search-words.js';
import { marketItemChecks } from './1764000000200-market-item-checks.js';

const lifeCycle: GuardedTable = {
  resource: 'items',
  type: 'item',
  table: 'market_items',
  initial: 'draft',
  transitions: {
    draft: ['listed'],
    listed: ['suspended', 'withdrawn'],
    suspended: ['listed', 'withdrawn'],
    withdrawn: ['draft'],
  },
  reviewed: [],
};

const searched: Searched = {
  texts: [
    { column: 'code', weight: 'A' },
    { column: 'name', weight: 'A' },
    { column: 'summary', weight: 'B' },
    { column: 'provider', weight: 'B', words: `NEW.provider ->> 'name'` },
    { column: 'description', weight: 'C' },
  ],
  entries: { policyIds: 'policy_ids', tags: 'tags' },
};

/** What lists filter and sort by (`marketItemLists`), beside `searched`; for deleted records as well. */
const indexes = [
  'CREATE UNIQUE INDEX market_items_code ON market_items (agency, code) WHERE deleted_at IS NULL',
  'CREATE INDEX market_items_status ON market_items (agency, status, id)',
  'CREATE INDEX market_items_name ON market_items (agency, name, id)',
  'CREATE INDEX market_items_kind ON market_items (agency, kind, id)',
  'CREATE INDEX market_items_category ON market_items (agency, category, id)',
];

const marketItems: RecordTableDefinition = {
  resource: 'items',
  table: 'market_items',
  revision: 1,
  columns: [
    { member: 'code', column: 'code', type: 'text', options: 'COLLATE "C"' },
    { member: 'name', column: 'name', type: 'text', options: 'COLLATE "C" NOT NULL' },
    { member: 'summary', column: 'summary', type: 'text' },
    { member: 'description', column: 'description', type: 'text' },
    { member: 'kind', column: 'kind', type: 'text' },
    { member: 'category', column: 'category', type: 'text', options: 'COLLATE "C"' },
    { member: 'provider', column: 'provider', type: 'jsonb' },
    { member: 'price', column: 'price', type: 'jsonb' },
    {
      member: 'availability',
      column: 'availability',
      type: 'jsonb',
      options: `NOT NULL DEFAULT '{"status":"available"}'`,
    },
    { member: 'policyIds', column: 'policy_ids', type: 'text[]', options: `NOT NULL DEFAULT '{}'` },
    {
      member: 'requiredDocuments',
      column: 'required_documents',
      type: 'jsonb',
      options: `NOT NULL DEFAULT '[]'`,
    },
    { member: 'languages', column: 'languages', type: 'text[]', options: `NOT NULL DEFAULT '{}'` },
    { member: 'url', column: 'url', type: 'text' },
    { member: 'status', column: 'status', type: 'text', options: `NOT NULL DEFAULT 'draft'` },
    { member: 'tags', column: 'tags', type: 'text[]', options: `NOT NULL DEFAULT '{}'` },
    { member: 'externalIds', column: 'external_ids', type: 'jsonb', options: `NOT NULL DEFAULT '{}'` },
    { member: 'customFields', column: 'custom_fields', type: 'jsonb', options: `NOT NULL DEFAULT '{}'` },
  ],
  checks: marketItemChecks,
  searched,
  indexes,
  lifeCycle,
};

export class CreateMarketItems1764000000200 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await createRecordTable(queryRunner, marketItems);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropRecordTable(queryRunner, marketItems);
  }
}
