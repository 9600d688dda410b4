import type { Resource } from '../../../src/platform/records/resource.js';
import { tableOf } from '../../../src/platform/records/table-of.js';
import type { Answer, TestApp } from '../app.js';
import { ApiDocument, type Schema } from '../contract/api-document.js';
import { superuserPool } from '../cluster.js';

/** Records of a resource as its tests need them. */
export interface Samples {
  /** The members that a record must have. */
  readonly sample: Readonly<Record<string, unknown>>;
  /** A record with as many members as can be. */
  readonly full: Readonly<Record<string, unknown>>;
  /** A change of either, by PUT. */
  readonly change: Readonly<Record<string, unknown>>;
}

/** What every test of a resource works with. The service is there once the tests run. */
export class ResourceContract {
  service: TestApp;
  readonly name: string;
  /** Path of the resource. */
  readonly path: string;
  /** The same without `/api`. */
  readonly alias: string;
  readonly table: string;
  readonly sample: Samples['sample'];
  readonly full: Samples['full'];
  readonly change: Samples['change'];
  /** `full` without what only one record of an agency may have. */
  readonly repeatable: Samples['full'];
  /** The members of a new record, as the OpenAPI document describes them. */
  readonly schemas: Readonly<Record<string, Schema>>;
  /** What the optional members are where a client gives none. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** A member that every record must have; undefined where there is none. */
  readonly required: string | undefined;

  constructor(
    readonly resource: Resource,
    { sample, full, change }: Samples,
  ) {
    this.name = resource.name;
    this.path = `/api/${resource.path}`;
    this.alias = `/${resource.path}`;
    this.table = tableOf(resource);
    [this.sample, this.full, this.change] = [sample, full, change];
    const { code: _, ...repeatable } = full;
    this.repeatable = repeatable;
    const { properties = {}, required = [] } = newRecord(this.path);
    // Where there is a life cycle, status changes by transitions only.
    const fixed = resource.lifeCycle ? ['id', 'status'] : ['id'];
    const members = Object.fromEntries(Object.entries(properties).filter(([name]) => !fixed.includes(name)));
    this.schemas = members;
    this.defaults = Object.fromEntries(
      Object.entries(members)
        .filter(([member]) => !required.includes(member))
        .map(([member, schema]) => [member, schema['default'] ?? null]),
    );
    [this.required] = required;
  }

  request = (...parameters: Parameters<TestApp['request']>): Promise<Answer> =>
    this.service.request(...parameters);

  post = (id: string, members: object = {}, agency = 'hhs'): Promise<Answer> =>
    this.request('POST', this.path, { agency, body: { ...this.sample, id, ...members } });

  /** Runs a statement as a superuser in the database of the resource. */
  sql = async <Row>(statement: string, values: unknown[] = []): Promise<Row[]> => {
    const pool = superuserPool(this.service.databases.names[this.resource.database]);
    try {
      return (await pool.query(statement, values)).rows as Row[];
    } finally {
      await pool.end();
    }
  };
}

interface RecordSchema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** The schema of what makes a record. */
function newRecord(path: string): RecordSchema {
  const document = ApiDocument.read();
  const operation = document.content.paths[path]?.['post'];
  if (!operation)
    throw new Error(`openapi.json has no POST ${path}: run npm run openapi, which writes it from the code.`);
  const schema = operation.requestBody?.content['application/json']?.schema ?? {};
  return document.resolved(schema);
}
