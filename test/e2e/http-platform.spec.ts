import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  InternalServerErrorException,
  Module,
  Param,
  Post,
  Put,
  Query,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiSecurity,
  ApiTags,
  type OpenAPIObject,
  OmitType,
  PartialType,
} from '@nestjs/swagger';
import { AxiosError } from 'axios';
import type { FastifyRequest } from 'fastify';
import {
  ChoiceField,
  Complete,
  CurrencyField,
  DecimalField,
  IntegerField,
  JsonObjectField,
  NestedField,
  RecordIdField,
  TagsField,
  TextField,
  TimestampField,
} from '../../src/platform/http/fields/index.js';
import { configureHttpApplication } from '../../src/platform/http/http-application.js';
import { createHttpAdapter } from '../../src/platform/http/http-server.js';
import { createLogger } from '../../src/platform/http/logging/logger.js';
import { describeApi } from '../../src/platform/http/openapi/describe-api.js';
import { serveDocs } from '../../src/platform/http/openapi/serve-docs.js';
import type { ProblemBody } from '../../src/platform/http/problems/problem.js';

class Price {
  @DecimalField({ digits: 12, scale: 2, description: 'How much.' })
  amount: string;

  @CurrencyField({ description: 'In which currency.' })
  currency: string;
}

class CreateThing {
  @RecordIdField({ description: 'Id.', optional: true, example: '123' })
  id?: string | null;

  @TextField({ min: 1, max: 20, description: 'Title.', example: 'A thing' })
  title: string;

  @TextField({ max: 100, description: 'Summary.', optional: true })
  summary?: string | null;

  @ChoiceField(['draft', 'published'], { description: 'State.', default: 'draft' })
  status?: 'draft' | 'published' | null;

  @TagsField({ description: 'Tags.', default: [] })
  tags?: string[] | null;

  @NestedField(() => Price, { description: 'Price.', optional: true })
  price?: Price | null;

  @JsonObjectField({ description: 'Rules.', optional: true })
  rules?: Record<string, unknown> | null;
}

class UpdateThing extends PartialType(OmitType(CreateThing, ['id']), { skipNullProperties: false }) {}

class Thing extends Complete(CreateThing) {
  @IntegerField({ description: 'Version.', min: 1 })
  version: number;

  @TimestampField({ description: 'When it was last changed.' })
  updatedAt: string;
}

class ListThings {
  @IntegerField({ description: 'Most items.', min: 1, max: 100, default: 20, fromText: true })
  limit?: number;
}

/** Requests to `slow` and `gate` wait for this. */
const gate = Promise.withResolvers<void>();
const arrived = Promise.withResolvers<void>();

@ApiTags('things')
@Controller('api/things')
class ThingsController {
  @Get()
  list(@Query() query: ListThings): object {
    return { items: [], page: query };
  }

  @Get('errors/axios')
  axios(): never {
    const config = {
      headers: { Authorization: 'Bearer s3cr3t' },
      data: 's3cr3t-body',
      url: 'http://x/?k=s3cr3t',
    };
    throw new AxiosError('connect failed', 'EHOSTDOWN', config as never);
  }

  @Get('errors/thrown-text')
  text(): never {
    const text: unknown = 'a plain text';
    throw text;
  }

  @Get('errors/lock')
  lock(): never {
    throw Object.assign(new Error('canceling statement due to lock timeout'), {
      code: '55P03',
      table: 'policies',
    });
  }

  @Get('errors/http')
  http(): never {
    throw new InternalServerErrorException('the password is s3cr3t');
  }

  @Get('slow')
  async slow(): Promise<object> {
    arrived.resolve();
    await gate.promise;
    return { done: true };
  }

  @Get(':id')
  @ApiSecurity('bearer', ['things:read'])
  @ApiOkResponse({ type: Thing, description: 'The thing.' })
  get(@Param('id') id: string): object {
    return { id };
  }

  @Post()
  @ApiCreatedResponse({ type: Thing, description: 'Created.' })
  create(@Body() body: CreateThing): object {
    return body;
  }

  @Put(':id')
  @ApiOkResponse({ type: Thing, description: 'Updated.' })
  update(@Param('id') id: string, @Body() body: UpdateThing): object {
    return Object.assign(body, { id });
  }

  @Delete(':id')
  @HttpCode(204)
  remove(): void {}
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

function callerOf(request: FastifyRequest) {
  return request.headers.authorization ? { subject: 'alice', agency: 'hhs' } : undefined;
}

interface LogLine {
  readonly msg: string;
  readonly level: string;
  readonly [member: string]: unknown;
}

const rawLines: string[] = [];
const logLines = (): LogLine[] => rawLines.map((line) => JSON.parse(line) as LogLine);
let app: NestFastifyApplication;
let origin: string;
let document: OpenAPIObject;

beforeAll(async () => {
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      rawLines.push(...chunk.toString().trimEnd().split('\n'));
      done();
    },
  });
  const logger = createLogger({ level: 'info', destination });
  app = await NestFactory.create<NestFastifyApplication>(
    ThingsModule,
    createHttpAdapter({ logger, callerOf }),
    {
      bufferLogs: true,
    },
  );
  configureHttpApplication(app, logger);
  document = describeApi(app, {
    title: 'Things',
    description: 'A test.',
    version: '1.0.0',
    tags: [{ name: 'things', description: 'Things.' }],
    webhooks: [{ name: 'thing.updated', summary: 'A thing changed', schema: 'Thing', resource: 'things' }],
  });
  serveDocs(app, document);
  await app.listen(0, '127.0.0.1');
  origin = (await app.getUrl()).replace('[::1]', '127.0.0.1');
});

afterAll(async () => {
  gate.resolve();
  await app.close();
});

const get = (path: string, init?: RequestInit) => fetch(`${origin}${path}`, init);
const send = (
  method: string,
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  type = 'application/json',
) => get(path, { method, body, headers: { 'Content-Type': type } });
const put = (body: unknown) => send('PUT', '/api/things/1', JSON.stringify(body));

async function problem(response: Response): Promise<ProblemBody> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const text = await response.text();
  expect(text).not.toMatch(/node_modules|\.ts:|s3cr3t|\\n\s+at /);
  const body = JSON.parse(text) as ProblemBody;
  expect(body.status).toBe(response.status);
  expect(body.requestId).toBe(response.headers.get('x-request-id'));
  expect(body.type).toBe(`urn:hms:problem:${body.code}`);
  return body;
}

/** Sends bytes that no HTTP client would, and gives what comes back until the server hangs up. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', (error) => (answer ? resolve(answer) : reject(error)));
  });
}

describe('problems', () => {
  it('answers an unknown path with 404, naming the path but not its query', async () => {
    const body = await problem(await get('/nothing/here?token=abc'));
    expect(body).toMatchObject({ code: 'not-found', status: 404, instance: '/nothing/here' });
  });

  it('answers a known path with another method by 405 and the methods that are allowed', async () => {
    for (const path of ['/api/things/1', '/things/1']) {
      const response = await get(path, { method: 'PATCH' });
      expect(response.headers.get('allow')).toBe('GET, HEAD, PUT, DELETE, OPTIONS');
      expect((await problem(response)).code).toBe('method-not-allowed');
    }
  });

  it('answers OPTIONS with the methods that are allowed', async () => {
    const response = await get('/api/things', { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS');
  });

  it('answers HEAD like GET without a body', async () => {
    const response = await get('/api/things/1', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it.each([
    ['{"title":', 400, 'malformed-request'],
    ['', 400, 'malformed-request'],
    ['[]', 422, 'validation-failed'],
    ['"text"', 422, 'validation-failed'],
    ['null', 422, 'validation-failed'],
    ['7', 422, 'validation-failed'],
  ])('refuses the body %j with %i', async (body, status, code) => {
    expect(await problem(await send('PUT', '/api/things/1', body))).toMatchObject({ status, code });
  });

  it('refuses a request without a body', async () => {
    const response = await get('/api/things/1', { method: 'PUT' });
    expect(await problem(response)).toMatchObject({ status: 400, code: 'malformed-request' });
  });

  it('refuses a body that is not UTF-8', async () => {
    const bytes = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expect(await problem(await send('PUT', '/api/things/1', bytes))).toMatchObject({ status: 400 });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense'])(
    'refuses a body of type %s with 415',
    async (type) => {
      const response = await send('PUT', '/api/things/1', 'a=1', type);
      expect(await problem(response)).toMatchObject({ status: 415, code: 'unsupported-media-type' });
    },
  );

  it('refuses a body of more than 1 MiB with 413', async () => {
    const response = await send('PUT', '/api/things/1', JSON.stringify({ title: 'x'.repeat(1024 * 1024) }));
    expect(await problem(response)).toMatchObject({
      status: 413,
      code: 'body-too-large',
      detail: 'The body has more than 1048576 bytes; send less at once.',
    });
  });

  it('refuses a path that is no URL', async () => {
    const response = await get('/api/things/%ff');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await problem(response)).toMatchObject({ status: 400, code: 'malformed-request' });
  });

  it('answers an id of any length like a missing record', async () => {
    expect(await problem(await get(`/api/things/${'x'.repeat(300)}`))).toMatchObject({ status: 404 });
  });

  it('answers a broken request and too large headers with a problem before hanging up', async () => {
    const broken = await raw('NONSENSE\r\n\r\n');
    expect(broken).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(broken).toContain('"code":"malformed-request"');
    const large = await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(large).toMatch(/^HTTP\/1\.1 431 /);
    expect(large).toContain('Content-Type: application/problem+json');
    expect(large).toMatch(/X-Request-Id: [0-9a-f-]{36}/);
  });

  it('answers a request without Host, and one with an expectation, with a problem', async () => {
    const hostless = await raw('GET /api/things HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(hostless).toMatch(/^HTTP\/1\.1 400 [^]*"code":"malformed-request"/);
    expect(hostless).toContain('Host');
    const expecting = await raw(
      'GET /api/things HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n',
    );
    expect(expecting).toMatch(/^HTTP\/1\.1 417 [^]*"code":"expectation-failed"/);
    expect(expecting).toMatch(/content-type: application\/problem\+json/i);
    const old = await raw('GET /api/things HTTP/1.0\r\n\r\n');
    expect(old).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    '/api/docs/../../package.json',
    '/api/docs/%2e%2e/%2E%2e/package.json',
    '/api/docs/..%2f..%2fpackage.json',
    '/api/things/.',
  ])('finds nothing at %s', async (path) => {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 404 [^]*"code":"not-found"/);
  });

  it.each(['axios', 'thrown-text', 'http'])('tells nothing of an unexpected error (%s)', async (kind) => {
    const body = await problem(await get(`/api/things/errors/${kind}`));
    expect(body).toMatchObject({ status: 500, code: 'internal' });
    expect(body.detail).not.toMatch(/connect|plain|password/);
  });

  it('answers a lock timeout of the database with 503 and Retry-After', async () => {
    const response = await get('/api/things/errors/lock');
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await problem(response)).toMatchObject({ status: 503, code: 'unavailable' });
  });
});

describe('bodies', () => {
  it('keeps what a valid body holds', async () => {
    const body = {
      title: 'Ä 😀',
      price: { amount: '0.10', currency: 'USD' },
      rules: { toString: 1, a: [1e2, 0.1, null] },
    };
    const response = await put(body);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ id: '1', ...body });
  });

  it('accepts an update without any member, and null for an optional member alone', async () => {
    expect((await put({})).status).toBe(200);
    expect(await (await put({ summary: null, tags: null, price: null })).json()).toEqual({
      id: '1',
      summary: null,
      tags: null,
      price: null,
    });
    expect((await problem(await put({ title: null }))).errors?.[0]?.pointer).toBe('/title');
  });

  it('names every wrong, missing and unknown member by its pointer', async () => {
    const body = {
      status: 'gone',
      tags: ['A'],
      price: { amount: 1.5, currency: 'usd', 'a/b~c': 1 },
      unknown: 1,
      toString: 1,
    };
    const { errors } = await problem(await send('POST', '/api/things', JSON.stringify(body)));
    expect(errors?.map(({ pointer }) => pointer).sort()).toEqual([
      '/price/amount',
      '/price/a~1b~0c',
      '/price/currency',
      '/status',
      '/tags',
      '/title',
      '/unknown',
    ]);
    for (const { detail } of errors ?? []) expect(detail).toMatch(/^(This member|Must be)[^]*\.$/);
  });

  it('refuses members that are named like a method of Object', async () => {
    expect((await problem(await put({ toString: 'x' }))).errors).toEqual([
      { pointer: '/toString', detail: 'This member is not known here; leave it out.' },
    ]);
    const nested = { price: { amount: '1', currency: 'USD', valueOf: 1 } };
    expect((await problem(await put(nested))).errors?.[0]?.pointer).toBe('/price/valueOf');
  });

  it.each([
    ['{"__proto__":{"polluted":1}}', '/__proto__'],
    ['{"rules":{"constructor":{"prototype":{"polluted":1}}}}', '/rules/constructor'],
    ['{"price":{"constructor":"x","amount":7}}', '/price/constructor'],
    ['{"rules":[{"\\u005f_proto__":{"polluted":1}}]}', '/rules/0/__proto__'],
    ['{"rules":{"prototype":1}}', '/rules/prototype'],
  ])('refuses %s', async (body, pointer) => {
    const { status, errors } = await problem(await send('PUT', '/api/things/1', body));
    expect(status).toBe(422);
    expect(errors?.map((error) => error.pointer)).toContain(pointer);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each(['1e400', '12345678901234567890', '0.1000000000000000055', '9007199254740993', '1e-400'])(
    'refuses the number %s, which JSON numbers do not keep',
    async (number) => {
      const { errors } = await problem(await send('PUT', '/api/things/1', `{"rules":{"a":[${number}]}}`));
      expect(errors).toEqual([
        { pointer: '/rules/a/0', detail: expect.stringContaining('send it as a string') as string },
      ]);
    },
  );
});

describe('parameters', () => {
  it('reads query parameters by their DTO', async () => {
    expect(await (await get('/api/things?limit=5')).json()).toMatchObject({ page: { limit: 5 } });
  });

  it('refuses a wrong value, a repeated and an unknown parameter with 400', async () => {
    for (const query of ['limit=0', 'limit=x', 'limit=1&limit=2', 'limit='])
      expect(await problem(await get(`/api/things?${query}`))).toMatchObject({
        status: 400,
        code: 'invalid-parameter',
      });
    for (const query of ['sort=a', 'toString=1', '__proto__=1', 'filter[__proto__][x]=1'])
      expect(await problem(await get(`/api/things?${query}`))).toMatchObject({
        status: 400,
        code: 'unknown-parameter',
      });
  });
});

describe('paths', () => {
  it('serves a path without /api as the one with it', async () => {
    expect(await (await get('/things/123')).json()).toEqual({ id: '123' });
    expect(await (await get('/things?limit=5')).json()).toMatchObject({ page: { limit: 5 } });
    expect((await get('/apithings/1')).status).toBe(404);
    expect(
      await raw('GET http://example.org/things/7 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    ).toMatch(/^HTTP\/1\.1 200 [^]*\{"id":"7"\}$/);
  });

  it('accepts a DELETE with a content type and no body', async () => {
    const response = await get('/things/1', {
      method: 'DELETE',
      headers: { 'Content-Type': 'application/json' },
    });
    expect(response.status).toBe(204);
  });
});

describe('headers', () => {
  it('keeps a request id of the accepted form and replaces any other', async () => {
    const kept = await get('/things/1', { headers: { 'X-Request-Id': 'abc-1.2_3' } });
    expect(kept.headers.get('x-request-id')).toBe('abc-1.2_3');
    for (const id of ['a b', 'x'.repeat(65), '{"a":1}', 'é']) {
      const response = await get('/things/1', { headers: { 'X-Request-Id': id } });
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('sends the security headers and names no server software', async () => {
    const { headers } = await get('/things/1');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    const policy = (await get('/docs')).headers.get('content-security-policy');
    expect(policy).toContain("script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;");
    expect(policy).not.toContain('upgrade-insecure-requests');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('server')).toBeNull();
  });
});

/** The request's line in the log, once it is written. */
async function lineOf(id: string): Promise<LogLine> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const line = logLines().find(({ requestId, msg }) => requestId === id && msg === 'request');
    if (line) return line;
    if (Date.now() > deadline) throw new Error(`no line for ${id}`);
    await new Promise(setImmediate);
  }
}

describe('the log', () => {
  it('has one line for each request, with who, what and how long', async () => {
    const headers = { 'X-Request-Id': 'log-1', Authorization: 'Bearer s3cr3t-token' };
    await get('/things/1?q=s3cr3t-query', { headers });
    expect(await lineOf('log-1')).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      level: 'info',
      msg: 'request',
      requestId: 'log-1',
      method: 'GET',
      route: '/api/things/:id',
      path: '/things/1',
      status: 400,
      ms: expect.any(Number) as number,
      subject: 'alice',
      agency: 'hhs',
    });
  });

  it('cannot be forged through a path or a header', async () => {
    const headers = { 'X-Request-Id': 'log-2', 'User-Agent': 'x"}{"level":"error"}' };
    await get('/things/%0a%7B%22level%22:%22fatal%22%7D', { headers });
    expect((await lineOf('log-2'))['path']).toBe('/things/%0a%7B%22level%22:%22fatal%22%7D');
    expect(logLines().filter(({ requestId }) => requestId === 'log-2')).toHaveLength(1);
  });

  it('names a failure once with its stack, and never what an HTTP client carried', async () => {
    await get('/things/errors/axios', { headers: { 'X-Request-Id': 'log-3' } });
    expect(await lineOf('log-3')).toMatchObject({ level: 'error', status: 500 });
    const [failure, ...others] = logLines().filter(
      ({ requestId, msg }) => requestId === 'log-3' && msg !== 'request',
    );
    expect(others).toEqual([]);
    expect(failure).toMatchObject({ level: 'error', err: { type: 'AxiosError', code: 'EHOSTDOWN' } });
  });

  it('holds no token, header or body of any request of this run', () => {
    const forbidden = rawLines.filter((line) => /s3cr3t-|Bearer/.test(line));
    expect(forbidden).toEqual([]);
  });
});

describe('the documentation', () => {
  it('is a page whose files load from the service itself and name no other host', async () => {
    for (const page of ['/api/docs', '/docs', '/api/docs/']) {
      const response = await get(page);
      expect(response.status).toBe(200);
      const html = await response.text();
      const files = [...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, file]) => file ?? '');
      expect(files.length).toBeGreaterThan(4);
      for (const file of files) {
        expect(file).toMatch(/^\.\//);
        expect((await get(new URL(file, `${origin}${page}`).pathname)).status).toBe(200);
      }
    }
  });

  it('starts with the document and asks no validator on the internet', async () => {
    const script = await (await get('/api/docs/swagger-ui-init.js')).text();
    expect(script).toContain('"persistAuthorization": true');
    expect(script).toContain('"validatorUrl": null');
    expect(script.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:\/\//);
  });

  it('answers an unknown file of the page with a problem', async () => {
    expect(await problem(await get('/api/docs/none.js'))).toMatchObject({ status: 404 });
  });
});

describe('the OpenAPI document', () => {
  it('is served as it was described, in version 3.1', async () => {
    const served = (await (await get('/openapi.json')).json()) as OpenAPIObject;
    expect(served).toEqual(JSON.parse(JSON.stringify(document)));
    expect(served.openapi).toBe('3.1.0');
    expect(served.servers).toMatchObject([{ url: '/' }]);
  });

  it('is the same each time it is made', () => {
    const api = { title: 'Things', description: 'A test.', version: '1.0.0' };
    expect(JSON.stringify(describeApi(app, api))).toBe(JSON.stringify(describeApi(app, api)));
  });

  it('gives each operation a clean name and the errors that apply to it', () => {
    const operation = document.paths['/api/things/{id}']?.get;
    expect(operation?.operationId).toBe('things.get');
    expect(operation?.security).toEqual([{ bearer: ['things:read'] }]);
    expect(Object.keys(operation?.responses ?? {})).toEqual([
      '200',
      '400',
      '401',
      '403',
      '404',
      '406',
      '429',
      '500',
      '503',
    ]);
    const create = document.paths['/api/things']?.post;
    expect(create?.security).toEqual([]);
    expect(Object.keys(create?.responses ?? {})).toEqual([
      '201',
      '400',
      '406',
      '408',
      '413',
      '415',
      '422',
      '500',
      '503',
    ]);
    expect(create?.responses['201']).toMatchObject({ headers: { 'X-Request-Id': {} } });
  });

  it('describes the fields as they are enforced', () => {
    const { CreateThing: create, UpdateThing: update } = document.components?.schemas ?? {};
    expect(create).toMatchObject({
      required: ['title'],
      properties: {
        title: { type: 'string', minLength: 1, maxLength: 20, example: 'A thing' },
        status: { type: ['string', 'null'], enum: ['draft', 'published', null], default: 'draft' },
        summary: { type: ['string', 'null'] },
        price: { anyOf: [{ $ref: '#/components/schemas/Price' }, { type: 'null' }] },
      },
    });
    expect(update).not.toHaveProperty('required');
    expect(update).not.toHaveProperty('properties.id');
  });

  it('describes records with all their members required, and null only where it can be', () => {
    expect(document.components?.schemas?.['Thing']).toMatchObject({
      required: ['id', 'title', 'summary', 'status', 'tags', 'price', 'rules', 'version', 'updatedAt'],
      properties: {
        title: { type: 'string' },
        summary: { type: ['string', 'null'] },
        status: { type: 'string', enum: ['draft', 'published'] },
        updatedAt: { format: 'date-time' },
      },
    });
  });

  it('describes the messages to external systems', () => {
    const post = document.webhooks?.['thing.updated']?.post;
    expect(post?.parameters?.map((parameter) => 'name' in parameter && parameter.name)).toEqual(
      expect.arrayContaining([
        'webhook-id',
        'webhook-timestamp',
        'webhook-signature',
        'ce-type',
        'ce-sequence',
      ]),
    );
    expect(post?.requestBody).toMatchObject({
      content: {
        'application/json': {
          schema: { required: ['id', 'data'], properties: { data: { $ref: '#/components/schemas/Thing' } } },
        },
      },
    });
  });

  it('refers only to what it defines', () => {
    const text = JSON.stringify(document);
    for (const [, kind = '', name = ''] of text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)) {
      const components = (document.components ?? {}) as Record<string, Record<string, unknown>>;
      expect(Object.keys(components[kind] ?? {})).toContain(name);
    }
  });
});

describe('shutting down', () => {
  it('finishes requests under way, telling the client that the connection closes', async () => {
    const { port } = new URL(origin);
    const answered = new Promise<{ connection: string | undefined; body: string }>((resolve, reject) => {
      const request = httpRequest(
        { port, host: '127.0.0.1', path: '/things/slow', agent: false },
        (response) => {
          let body = '';
          response.on('data', (chunk: Buffer) => (body += chunk.toString()));
          response.on('end', () => resolve({ connection: response.headers.connection, body }));
        },
      );
      request.setHeader('Connection', 'keep-alive');
      request.on('error', reject).end();
    });
    await arrived.promise;
    const silent = await connectionWith('');
    const beginning = await connectionWith('GET /things/1 HTT');
    const closed = app.close();
    gate.resolve();
    expect(await answered).toMatchObject({ connection: 'close', body: '{"done":true}' });
    await closed;
    await Promise.all([silent.closed, beginning.closed]);
    await expect(get('/things/1')).rejects.toThrow('fetch failed');
  });

  async function connectionWith(text: string): Promise<{ closed: Promise<unknown> }> {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await once(socket, 'connect');
    socket.resume().on('error', () => undefined);
    await new Promise((resolve) => socket.write(text, resolve));
    return { closed };
  }
});
