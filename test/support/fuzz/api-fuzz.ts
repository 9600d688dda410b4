import fc from 'fast-check';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { TestApp } from '../app.js';
import type { FuzzAnswer } from './judge.js';
import { exceptions, known } from './exceptions.js';
import type { FuzzedOperation, Parameter } from './fuzzed-operation.js';
import { type Schema, Schemas, typesOf } from './schema.js';
import { type Break, halfCharacter, SchemaBreaks } from './schema-breaks.js';
import { SchemaValues } from './schema-values.js';

const scopes = [
  'policies:read',
  'policies:write',
  'items:read',
  'items:write',
  'sync:admin',
  'audit:read',
  'audit:verify',
  'platform:sync',
];

/** What an operation is asked. */
interface Input {
  readonly query: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Parameters that schemas do not tell all of. */
const queryExceptions: Readonly<Record<string, fc.Arbitrary<string> | null>> = {
  // Only what the service has given.
  cursor: null,
  // The caller's, as it has not the scope for others.
  agency: null,
  // The test would wait as well.
  wait: fc.constant('0'),
  // Those that the service has.
  resource: fc.constantFrom('policies', 'items'),
  // The record must have been there.
  asOf: fc.constantFrom('2190-01-01T00:00:00Z', '2190-01-01T00:00:00.5+02:00'),
  // A version that is there.
  against: fc.constant('1'),
};

/** The entries of a list are separated by commas, and hold none. */
function isWritable(value: unknown): boolean {
  return !Array.isArray(value) || String(value).split(',').length === value.length;
}

/**
 * Whether a value is wrong as a text too. Where texts are expected only texts are; a list is a text, so that any
 * text is a list of one; null, an object and half a character cannot be said.
 */
function isBreakInText(schema: Schema, value: unknown): boolean {
  const types = typesOf(schema);
  const isText = (each: unknown) => typeof each === 'string' && each !== halfCharacter;
  if (types.includes('array')) return Array.isArray(value) && value.every(isText);
  return types.includes('string') ? isText(value) : typeof value !== 'object' && value !== halfCharacter;
}

/** What contradicts a parameter that is given, which schemas cannot say. */
function contradictions({ asOf, members }: Record<string, string>): string[] {
  return [
    // Lists of a time past are by id, and of all records of then.
    ...(asOf === undefined ? [] : ['sort', 'q', 'total', 'includeDeleted']),
    // What an import takes of living records.
    ...(members === 'writable' ? ['fields', 'includeDeleted'] : []),
  ];
}

function consistent(query: Record<string, string>): Record<string, string> {
  const excluded = contradictions(query);
  return Object.fromEntries(Object.entries(query).filter(([name]) => !excluded.includes(name)));
}

/** Sends what the OpenAPI document allows, and what it does not, to a running service. */
export class ApiFuzz {
  private readonly schemas: Schemas;
  private readonly values: SchemaValues;
  private readonly breaks: SchemaBreaks;
  private readonly token: string;
  private made = 0;
  private target = 0;

  constructor(
    private readonly service: TestApp,
    document: OpenAPIObject,
  ) {
    this.token = service.token('hhs', scopes);
    this.schemas = new Schemas(document);
    this.values = new SchemaValues(this.schemas, exceptions);
    this.breaks = new SchemaBreaks(this.schemas);
  }

  /** Makes what operations are about. */
  async prepare(): Promise<void> {
    await this.send('POST', '/api/policies', { id: known, title: 'Known' });
    await this.makeItem(known);
    this.target = await this.makeTarget('lasting');
  }

  /** What the document allows. */
  validInput(operation: FuzzedOperation): fc.Arbitrary<Input> {
    const query = fc
      .record(
        Object.fromEntries(
          operation.query.flatMap((parameter) => {
            const values = this.parameterValues(parameter);
            return values ? [[parameter.name, values]] : [];
          }),
        ),
        { requiredKeys: [], noNullPrototype: true },
      )
      .map((given) => consistent(given as Record<string, string>));
    if (operation.body === undefined) return query.map((given) => ({ query: given }));
    return fc.tuple(query, this.values.of(operation.body)).map(([given, body]) => ({ query: given, body }));
  }

  /** What the document allows but for one thing. */
  invalidInput(
    operation: FuzzedOperation,
  ): fc.Arbitrary<{ input: Input; break: Break; where: 'body' | 'query' }> {
    const inQuery = operation.query.flatMap((parameter) => this.parameterBreaks(parameter));
    return this.validInput(operation).chain((valid) => {
      const { body } = operation;
      const inBody = body === undefined ? [] : this.breaks.of(body, valid.body);
      const unknown = { pointer: 'not-known', what: 'is not known', value: '1' };
      return fc.oneof(
        ...(inBody.length > 0
          ? [
              {
                weight: 4,
                arbitrary: fc.constantFrom(...inBody).map((broken) => ({
                  input: { query: valid.query, body: broken.value },
                  break: broken,
                  where: 'body' as const,
                })),
              },
            ]
          : []),
        {
          weight: 1,
          arbitrary: fc.constantFrom(...inQuery, unknown).map((broken) => ({
            input: { ...valid, query: { ...valid.query, [broken.pointer]: String(broken.value) } },
            break: broken,
            where: 'query' as const,
          })),
        },
      );
    });
  }

  /** Carries an operation out, on a record of its own where it changes one. */
  async carryOut(operation: FuzzedOperation, input: Input): Promise<FuzzAnswer> {
    const id = operation.method === 'GET' ? known : await this.makeRecord(operation);
    const answer = await this.ask(operation, input, id);
    if (operation.name === 'target.create' && answer.status === 201)
      await this.send('DELETE', answer.location);
    return answer;
  }

  /** Sends an input to an operation. */
  ask(
    { method, path }: FuzzedOperation,
    { query, body }: Input,
    id: string | number = known,
  ): Promise<FuzzAnswer> {
    const isTarget = path.startsWith('/api/sync');
    const values: Record<string, string | number> = {
      id: isTarget && id === known ? this.target : id,
      target: this.target,
      version: 1,
      resource: 'policies',
      job: 1,
    };
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => String(values[parameter]));
    const search = new URLSearchParams(query).toString();
    return this.send(method, `${filled}${search && `?${search}`}`, body);
  }

  private parameterValues({ name, schema }: Parameter): fc.Arbitrary<string> | null {
    const exception = queryExceptions[name];
    if (exception !== undefined) return exception;
    return this.values
      .of(schema)
      .filter((value) => value !== null && isWritable(value))
      .map(String);
  }

  private parameterBreaks({ name, schema }: Parameter): Break[] {
    const [sample] = fc.sample(
      this.values.of(schema).filter((value) => value !== null && isWritable(value)),
      { numRuns: 1, seed: 1 },
    );
    return this.breaks
      .of(schema, sample)
      .filter(({ value }) => isBreakInText(schema, value))
      .map((broken) => ({ ...broken, pointer: name }));
  }

  private async makeRecord({ path, name }: FuzzedOperation): Promise<string | number> {
    const id = `made-${(this.made += 1)}`;
    if (path.startsWith('/api/policies/{id}'))
      await this.send('POST', '/api/policies', { id, title: 'Made' });
    else if (path.startsWith('/api/market/items/{id}')) await this.makeItem(id);
    else return name === 'target.remove' ? this.makeTarget(id) : known;
    return id;
  }

  private makeItem(id: string): Promise<FuzzAnswer> {
    const availability = { status: 'available', quantity: 5 };
    return this.send('POST', '/api/market/items', { id, name: 'Made', availability });
  }

  private async makeTarget(name: string): Promise<number> {
    const { members } = await this.send('POST', '/api/sync/policies/targets', {
      name,
      url: 'http://127.0.0.1:9/',
    });
    return Number(members['id']);
  }

  private async send(method: string, path: string, body?: unknown): Promise<FuzzAnswer> {
    const response = await fetch(this.service.url + path, {
      method,
      headers: {
        Authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
    const members = (isJson && text ? JSON.parse(text) : {}) as Record<string, unknown>;
    return { status: response.status, location: response.headers.get('location') ?? '', text, members };
  }
}
