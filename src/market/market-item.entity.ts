import { Column, Index } from 'typeorm';
import { RecordTable } from '../platform/records/record-table.decorator.js';
import { VersionedRecord } from '../platform/records/versioned-record.entity.js';
import type { Availability, MarketItemKind, Price, Provider, RequiredDocument } from './market-item-parts.js';
import type { MarketItemStatus } from './market-item.life-cycle.js';

/** A product, service or offer on the marketplace of an agency. */
@RecordTable('market_items')
@Index('market_items_code', ['agency', 'code'], { where: 'deleted_at IS NULL', unique: true })
@Index('market_items_status', ['agency', 'status', 'id'])
@Index('market_items_name', ['agency', 'name', 'id'])
@Index('market_items_kind', ['agency', 'kind', 'id'])
@Index('market_items_category', ['agency', 'category', 'id'])
export class MarketItem extends VersionedRecord {
  /** Unique among the living items of the agency. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  code: string | null;

  @Column({ type: 'text', collation: 'C' })
  name: string;

  @Column({ type: 'text', nullable: true })
  summary: string | null;

  @Column({ type: 'text', nullable: true })
  description: string | null;

  @Column({ type: 'text', nullable: true })
  kind: MarketItemKind | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  category: string | null;

  @Column({ type: 'jsonb', nullable: true })
  provider: Provider | null;

  /** Null: no price is set. */
  @Column({ type: 'jsonb', nullable: true })
  price: Price | null;

  @Column({ type: 'jsonb', default: { status: 'available' } })
  availability: Availability;

  /** Ids of the policies that the item is offered under, in PolicyDB. */
  @Column({ name: 'policy_ids', type: 'text', array: true, default: [] })
  policyIds: string[];

  @Column({ name: 'required_documents', type: 'jsonb', default: [] })
  requiredDocuments: RequiredDocument[];

  /** BCP 47 tags of the languages that it is offered in. */
  @Column({ type: 'text', array: true, default: [] })
  languages: string[];

  @Column({ type: 'text', nullable: true })
  url: string | null;

  @Column({ type: 'text', default: 'draft' })
  status: MarketItemStatus;

  @Column({ type: 'text', array: true, default: [] })
  tags: string[];

  @Column({ name: 'external_ids', type: 'jsonb', default: {} })
  externalIds: Record<string, string>;

  @Column({ name: 'custom_fields', type: 'jsonb', default: {} })
  customFields: Record<string, unknown>;
}
