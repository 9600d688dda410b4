import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Module,
  Param,
  Patch,
  Post,
  Put,
  Res,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiConsumes, ApiNoContentResponse, ApiOkResponse, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Deprecated } from '../../src/platform/http/deprecation/deprecated.decorator.js';
import { TextField } from '../../src/platform/http/fields/index.js';
import { configureHttpApplication } from '../../src/platform/http/http-application.js';
import { createHttpAdapter } from '../../src/platform/http/http-server.js';
import { createLogger } from '../../src/platform/http/logging/logger.js';
import { describeApi } from '../../src/platform/http/openapi/describe-api.js';
import { serveDocs } from '../../src/platform/http/openapi/serve-docs.js';
import { RouteMedia } from '../../src/platform/http/route-media.js';

class Thing {
  @TextField({ description: 'Title.', max: 100_000 })
  title: string;
}

const long = 'a sentence of the record. '.repeat(400);
const lines = Array.from({ length: 5000 }, (_, index) => `{"line":${index}}\n`);

@Controller('api/things')
class ThingsController {
  @Get()
  @ApiOkResponse({ type: Thing, description: 'Long.' })
  @Header('ETag', '"7.1"')
  long(): Thing {
    return { title: long };
  }

  @Get('weak')
  @ApiOkResponse({ type: Thing, description: 'Long.' })
  @Header('ETag', 'W/"7.1"')
  weak(): Thing {
    return { title: long };
  }

  @Get('lines')
  @ApiOkResponse({
    description: 'Lines.',
    content: { 'application/x-ndjson': {}, 'text/csv': {} },
  })
  lines(@Res() reply: FastifyReply): void {
    void reply.type('application/x-ndjson').send(Readable.from(lines, { objectMode: false }));
  }

  @Get('broken/:chunks')
  @ApiOkResponse({ description: 'Lines.', content: { 'application/x-ndjson': {} } })
  broken(@Param('chunks') chunks: string, @Res() reply: FastifyReply): void {
    async function* failing(): AsyncGenerator<string> {
      for (let chunk = 0; chunk < Number(chunks); chunk += 1) yield randomBytes(32 * 1024).toString('hex');
      await Promise.resolve();
      throw new Error('the database went away');
    }
    void reply.type('application/x-ndjson').send(Readable.from(failing(), { objectMode: false }));
  }

  @Get('old')
  @Deprecated({
    since: '2026-11-01',
    sunset: '2027-07-01',
    guide: 'https://hms.gov/guides/things',
    successor: '/api/things',
  })
  @ApiOkResponse({ type: Thing, description: 'Short.' })
  @Header('Link', '<?cursor=2>; rel="next"')
  old(): Thing {
    return { title: 'short' };
  }

  @Get(':id')
  @ApiOkResponse({ type: Thing, description: 'Short.' })
  get(@Param('id') id: string): Thing {
    return { title: id };
  }

  @Post()
  @ApiOkResponse({ type: Thing, description: 'Long.' })
  create(@Body() body: Thing): Thing {
    return body;
  }

  @Put(':id')
  @ApiOkResponse({ type: Thing, description: 'Changed.' })
  put(@Body() body: Thing): Thing {
    return body;
  }

  @Patch(':id')
  @ApiConsumes('application/merge-patch+json', 'application/json')
  @ApiOkResponse({ type: Thing, description: 'Changed.' })
  patch(@Body() body: Thing): Thing {
    return body;
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Gone.' })
  remove(): void {}
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

interface App {
  readonly app: NestFastifyApplication;
  readonly origin: string;
  readonly document: OpenAPIObject;
}

async function start(corsOrigins: readonly string[]): Promise<App> {
  const logger = createLogger({ level: 'silent' });
  const jsonTypes = ['application/json', 'application/merge-patch+json'];
  const adapter = createHttpAdapter({ logger, jsonTypes, corsOrigins });
  const app = await NestFactory.create<NestFastifyApplication>(ThingsModule, adapter, { logger: false });
  configureHttpApplication(app, logger);
  const document = describeApi(app, { title: 'Things', description: 'A test.', version: '1.0.0' });
  adapter.media = new RouteMedia(document);
  serveDocs(app, document);
  await app.listen(0, '127.0.0.1');
  return { app, document, origin: (await app.getUrl()).replace('[::1]', '127.0.0.1') };
}

let shared: App;
let open: App;

beforeAll(async () => {
  shared = await start(['https://portal.gov', 'http://localhost:8080']);
  open = await start(['*']);
});

afterAll(async () => {
  await shared?.app.close();
  await open?.app.close();
});

interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Whether it came to its end. */
  readonly complete: boolean;
}

/** As it comes over the wire: fetch decompresses, and sends headers of its own. */
function raw(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
  { origin } = shared,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${origin}${path}`, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      const end = () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          complete: response.complete,
        });
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', end).on('error', end);
    });
    request.on('error', reject).end(body);
  });
}

const json = { 'Content-Type': 'application/json' };
const codeOf = ({ body }: RawAnswer) => (JSON.parse(body.toString()) as { code: string }).code;

describe('methods', () => {
  it('answers OPTIONS with the methods of the path and the bodies that they read', async () => {
    const one = await raw('OPTIONS', '/things/1');
    expect(one.status).toBe(204);
    expect(one.headers['allow']).toBe('GET, HEAD, PUT, PATCH, DELETE, OPTIONS');
    expect(one.headers['accept-patch']).toBe('application/merge-patch+json, application/json');
    expect(one.headers).not.toHaveProperty('accept-post');
    const all = await raw('OPTIONS', '/api/things?limit=1');
    expect(all.headers['allow']).toBe('GET, HEAD, POST, OPTIONS');
    expect(all.headers['accept-post']).toBe('application/json');
    expect(all.headers).not.toHaveProperty('accept-patch');
    expect((await raw('OPTIONS', '/nothing')).status).toBe(404);
  });

  it.each(['TRACE', 'PROPFIND', 'POST'])(
    'refuses %s where no route takes it, and names those that are',
    async (method) => {
      const answer = await raw(
        method,
        '/things/1',
        { ...json, 'X-HTTP-Method-Override': 'DELETE' },
        method === 'POST' ? '{}' : undefined,
      );
      expect(answer.status).toBe(405);
      expect(answer.headers['allow']).toBe('GET, HEAD, PUT, PATCH, DELETE, OPTIONS');
      expect(codeOf(answer)).toBe('method-not-allowed');
    },
  );

  it.each(['/things', '/things/1', '/things/old'])(
    'answers HEAD %s with the headers of GET',
    async (path) => {
      const [head, got] = await Promise.all([raw('HEAD', path), raw('GET', path)]);
      const without = ({ headers }: RawAnswer) => ({ ...headers, date: '', 'x-request-id': '' });
      expect(without(head)).toEqual(without(got));
      expect(head.body.length).toBe(0);
    },
  );

  it('answers HEAD of a compressed answer with its headers', async () => {
    const headers = { 'Accept-Encoding': 'gzip' };
    const [head, got] = await Promise.all([raw('HEAD', '/things', headers), raw('GET', '/things', headers)]);
    for (const name of ['etag', 'content-encoding', 'content-length', 'vary'])
      expect(head.headers[name]).toBe(got.headers[name]);
  });
});

describe('media types', () => {
  it.each(['text/html', 'application/xml, text/*;q=0.5', 'application/json;q=0'])(
    'answers 406 where only %s is accepted, and changes nothing',
    async (accept) => {
      for (const [method, path, body] of [
        ['GET', '/things/1'],
        ['PUT', '/things/1', '{"title":"x"}'],
        ['HEAD', '/things/1'],
      ] as const) {
        const answer = await raw(method, path, { ...json, Accept: accept }, body);
        expect(answer.status).toBe(406);
        expect(answer.headers['content-type']).toBe('application/problem+json');
        expect(answer.body.toString()).toMatch(method === 'HEAD' ? /^$/ : /"code":"not-acceptable"/);
      }
    },
  );

  it('answers where the type is accepted, and where there is no body to accept', async () => {
    for (const accept of [
      '*/*',
      'application/*',
      'text/html, application/json;q=0.1',
      'application/json; charset=utf-8',
    ])
      expect((await raw('GET', '/things/1', { Accept: accept })).status).toBe(200);
    expect((await raw('GET', '/things/lines', { Accept: 'text/csv' })).status).toBe(200);
    expect((await raw('DELETE', '/things/1', { Accept: 'text/html' })).status).toBe(204);
  });

  it.each([
    ['POST', '/things', 'accept-post', 'application/json'],
    ['PUT', '/things/1', 'accept', 'application/json'],
    ['PATCH', '/things/1', 'accept-patch', 'application/merge-patch+json, application/json'],
  ])(
    'answers %s of a type that it does not read with 415 and those that it does',
    async (method, path, header, types) => {
      for (const type of [{ 'Content-Type': 'text/plain' }, {}]) {
        const answer = await raw(method, path, type, '{"title":"x"}');
        expect(answer.status).toBe(415);
        expect(answer.headers[header]).toBe(types);
        expect(codeOf(answer)).toBe('unsupported-media-type');
      }
    },
  );

  it('reads a type where the route takes it, and only there', async () => {
    const patch = { 'Content-Type': 'application/merge-patch+json; charset=utf-8' };
    expect((await raw('PATCH', '/things/1', patch, '{"title":"x"}')).status).toBe(200);
    expect((await raw('PUT', '/things/1', patch, '{"title":"x"}')).status).toBe(415);
  });

  it('refuses a compressed body, and says so', async () => {
    const answer = await raw('PUT', '/things/1', { ...json, 'Content-Encoding': 'gzip' }, '{"title":"x"}');
    expect(answer.status).toBe(415);
    expect(answer.headers['accept-encoding']).toBe('identity');
  });
});

describe('compression', () => {
  const decoders = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync } as const;

  it.each(['gzip', 'br', 'zstd'] as const)('compresses by %s where it is asked for', async (coding) => {
    const answer = await raw('GET', '/things', { 'Accept-Encoding': `${coding};q=0.5, unknown` });
    expect(answer.headers).toMatchObject({
      'content-encoding': coding,
      vary: 'Origin, Accept-Encoding',
      etag: `"7.1-${coding}"`,
    });
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
    expect(answer.body.length).toBeLessThan(1000);
    expect(JSON.parse(decoders[coding](answer.body).toString())).toEqual({ title: long });
  });

  it.each([
    ['gzip, br, zstd', 'zstd'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate', 'gzip'],
    ['GZIP', 'gzip'],
    ['*', 'zstd'],
    ['*;q=0.5, zstd;q=0, br;q=0.1', 'gzip'],
    ['gzip;q=0.9, br;q=0.8', 'gzip'],
    ['gzip;q=0.5, identity', undefined],
    ['deflate', undefined],
    ['gzip;q=0', undefined],
    ['', undefined],
  ])('answers Accept-Encoding: %s by %s', async (accepted, coding) => {
    const { headers } = await raw('GET', '/things', { 'Accept-Encoding': accepted });
    expect(headers['content-encoding']).toBe(coding);
    expect(headers['vary']).toBe('Origin, Accept-Encoding');
  });

  it('leaves short answers, writes and weak tags as they are', async () => {
    const all = { 'Accept-Encoding': 'gzip, br' };
    expect((await raw('GET', '/things/1', all)).headers).not.toHaveProperty('content-encoding');
    const written = await raw('POST', '/things', { ...json, ...all }, JSON.stringify({ title: long }));
    expect(written.status).toBe(201);
    expect(written.headers).not.toHaveProperty('content-encoding');
    expect((await raw('GET', '/things/weak', all)).headers).toMatchObject({
      etag: 'W/"7.1"',
      'content-encoding': 'br',
    });
  });

  it('compresses a stream as it comes, and cuts it off where its source fails', async () => {
    const answer = await raw('GET', '/things/lines', { 'Accept-Encoding': 'gzip' });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(answer.body).toString()).toBe(lines.join(''));
    const broken = await raw('GET', '/things/broken/40', { 'Accept-Encoding': 'gzip' });
    expect(broken.status).toBe(200);
    expect(broken.complete).toBe(false);
  });

  it('answers a stream that fails before it begins with a problem that is not compressed', async () => {
    const answer = await raw('GET', '/things/broken/0', { 'Accept-Encoding': 'gzip' });
    expect(answer.status).toBe(500);
    expect(answer.headers).not.toHaveProperty('content-encoding');
    expect(codeOf(answer)).toBe('internal');
  });
});

describe('CORS', () => {
  const asking = (origin: string) => ({ Origin: origin });

  it('lets pages of a listed origin read answers, those that refuse too', async () => {
    for (const [path, status] of [
      ['/things/1', 200],
      ['/nothing', 404],
    ] as const) {
      const answer = await raw('GET', path, asking('https://portal.gov'));
      expect(answer.status).toBe(status);
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': 'https://portal.gov',
        'access-control-expose-headers': '*',
        vary: expect.stringContaining('Origin') as string,
      });
      expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
    }
  });

  it.each([
    'https://evil.gov',
    'null',
    'https://portal.gov.evil.example',
    'https://evilportal.gov',
    'http://portal.gov',
    'https://portal.gov:8443',
    'HTTPS://PORTAL.GOV',
  ])('gives pages of %s nothing', async (origin) => {
    for (const answer of [
      await raw('GET', '/things/1', asking(origin)),
      await raw('OPTIONS', '/things/1', { ...asking(origin), 'Access-Control-Request-Method': 'PUT' }),
    ]) {
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(answer.headers['vary']).toContain('Origin');
    }
  });

  it('answers a preflight with the methods of the path, and lets it be kept', async () => {
    const answer = await raw('OPTIONS', '/things/1', {
      ...asking('http://localhost:8080'),
      'Access-Control-Request-Method': 'PUT',
      'Access-Control-Request-Headers': 'authorization,content-type,if-match',
    });
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'http://localhost:8080',
      'access-control-allow-methods': 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS',
      'access-control-allow-headers': 'authorization,content-type,if-match',
      'access-control-max-age': '7200',
    });
  });

  it('opens to all origins where it is told so, and never with credentials', async () => {
    for (const origin of [{}, asking('https://anything.example')]) {
      const { headers } = await raw('GET', '/things/1', origin, undefined, open);
      expect(headers['access-control-allow-origin']).toBe('*');
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
    }
  });
});

describe('a deprecated route', () => {
  it('says so in its answers, beside its other links', async () => {
    const { headers, status } = await raw('GET', '/things/old');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      deprecation: `@${Date.UTC(2026, 10, 1) / 1000}`,
      sunset: 'Thu, 01 Jul 2027 00:00:00 GMT',
      link:
        '<?cursor=2>; rel="next", <https://hms.gov/guides/things>; rel="deprecation"; type="text/html", ' +
        '</api/things>; rel="successor-version"',
    });
    expect((await raw('GET', '/things/1')).headers).not.toHaveProperty('deprecation');
  });

  it('says so in the OpenAPI document', () => {
    const old = shared.document.paths['/api/things/old']?.get;
    expect(old).toMatchObject({
      deprecated: true,
      responses: { 200: { headers: { Deprecation: {}, Sunset: {} } } },
    });
    expect(old).not.toHaveProperty('x-deprecation');
    expect(shared.document.paths['/api/things/{id}']?.get).not.toHaveProperty('deprecated');
  });

  it.each([
    [{ since: 'soon' }, 'not soon'],
    [{ since: '2026-13-01' }, 'not 2026-13-01'],
    [{ since: '2027-01-01', sunset: '2026-01-01' }, 'is before 2027-01-01'],
  ])('refuses %j', (deprecation, message) => {
    expect(() => Deprecated(deprecation)).toThrow(message);
  });
});
