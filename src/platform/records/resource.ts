import type { Type } from '@nestjs/common';
import type { MigrationInterface } from 'typeorm';
import type { DatabaseName } from '../config/settings.js';
import type { MemberProblem } from '../http/problems/problem.error.js';
import type { Payload } from '../sync/payload.js';
import type { TargetType } from '../sync/target-types/target-type.js';
import type { LifeCycle } from './life-cycle/life-cycle.js';
import type { ListRules } from './lists/list-rules.js';
import type { VersionedRecord } from './versioned-record.entity.js';

/** A kind of record: everything the platform must know of it. One per table; a module has one or more. */
export interface Resource<Entity extends VersionedRecord = VersionedRecord> {
  /** Plural, as in scopes, sync URLs and the log: `policies`. */
  readonly name: string;
  /** Singular, as in event types: `policy` gives `gov.hms.policy.updated`. */
  readonly type: string;
  /** What the records are, as a sentence for the API's documentation: `Benefit policies.` */
  readonly description: string;
  /** Path below `/api`, such as `market/items`. */
  readonly path: string;
  /** The database that holds its table. */
  readonly database: DatabaseName;
  readonly entity: Type<Entity>;
  /** The document, as OpenAPI describes it. */
  readonly document: Type;
  /** What external systems get of a record; undefined: its document. */
  readonly payload?: Payload;
  /** What a client sends to make a record, and to change one. */
  readonly bodies: { readonly create: Type<object>; readonly update: Type<object> };
  /** The migrations of its table, in order. */
  readonly migrations: readonly Type<MigrationInterface>[];
  /** What a named check, unique index or foreign key of the table means to a client. */
  readonly constraints: Readonly<Record<string, MemberProblem>>;
  /** The states of its records; with one, `status` changes only through `RecordStore.transition`. */
  readonly lifeCycle?: LifeCycle;
  /** Members that hold ids of other records, which must be there when they are written. */
  readonly references?: readonly Reference[];
  /** Scopes of its own routes, beside `:read` and `:write`; development tokens have them too. */
  readonly scopes?: readonly string[];
  /** What lists of its records can be asked for. */
  readonly lists: ListRules;
  /** What the answer to a read says of the record beside its document, such as what depends on today. */
  readonly computed?: ComputedHeader;
}

/** A member that holds the id, or a list of ids, of records. */
export interface Reference {
  readonly member: string;
  /** Name of the resource that they are of, in either database. */
  readonly resource: string;
}

/** A response header whose value is computed with each read of a living record. */
export interface ComputedHeader {
  readonly name: string;
  /** SQL expression of type text over the row `p`. */
  readonly expression: string;
}

/** A feature module: an ordinary Nest module that names its resources, and what else the platform must know of. */
export interface FeatureModule extends Type {
  readonly resources: readonly Resource[];
  /**
   * Further types of targets. The platform makes one of each in every process, also in one that only delivers and has
   * none of the module's providers: their constructors can have what is global injected, such as `Settings`.
   */
  readonly targetTypes?: readonly Type<TargetType>[];
}
