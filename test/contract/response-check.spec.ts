import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { ApiDocument } from '../support/contract/api-document.js';
import { ResponseCheck, type SentResponse } from '../support/contract/response-check.js';
import { takeViolations } from '../support/contract/violations.js';
import { watchResponses } from '../support/contract/watch-responses.js';
import { portOf } from '../support/port-of.js';

const check = new ResponseCheck(ApiDocument.read());
const requestId = '0b9d4c1e-6f3a-4a57-9a3e-2f1c7d5e8b60';
const ready: SentResponse = {
  method: 'GET',
  url: '/health/ready',
  status: 200,
  headers: { 'x-request-id': requestId, 'content-type': 'application/json; charset=utf-8' },
  body: '{"status":"ok","databases":{"policy":"ok","market":"ok"}}',
};
const missing: SentResponse = {
  ...ready,
  url: '/policies/123',
  status: 404,
  headers: { 'x-request-id': requestId, 'content-type': 'application/problem+json' },
  body: JSON.stringify({
    type: 'urn:hms:problem:not-found',
    title: 'Nothing is here',
    status: 404,
    detail: 'There is no policy with the id 123.',
    code: 'not-found',
    requestId,
  }),
};

describe('The check of every answer against openapi.json', () => {
  it('finds nothing in an answer that is as documented', () => {
    expect(check.violations(ready)).toEqual([]);
    expect(check.violations({ ...ready, method: 'HEAD', body: '' })).toEqual([]);
    expect(check.violations(missing)).toEqual([]);
    expect(check.violations({ ...missing, url: '/api/no/such/path' })).toEqual([]);
  });

  it.each<[string, SentResponse, string]>([
    ['a status', { ...ready, status: 418 }, 'the status 418'],
    ['a header', { ...ready, headers: { ...ready.headers, 'x-new': '1' } }, 'the header x-new is not'],
    [
      'the value of a header',
      { ...ready, headers: { ...ready.headers, 'x-request-id': 'a b' } },
      'the header x-request-id must match',
    ],
    [
      'a missing header',
      { ...ready, headers: { 'content-type': 'application/json' } },
      'x-request-id is missing',
    ],
    [
      'a media type',
      { ...ready, headers: { ...ready.headers, 'content-type': 'text/html' } },
      'a body of the type text/html',
    ],
    ['a missing body', { ...ready, body: '', headers: { 'x-request-id': requestId } }, 'the type none'],
    ['a value', { ...ready, body: '{"status":"fine"}' }, 'the body/status must be equal'],
    ['a missing member', { ...ready, body: '{}' }, "must have required property 'status'"],
    ['a member', { ...ready, body: '{"status":"ok","uptime":1}' }, '"additionalProperty":"uptime"'],
    [
      'a member of a component',
      { ...missing, body: missing.body.replace('{', '{"stack":"at …",') },
      '"additionalProperty":"stack"',
    ],
    ['an operation', { ...ready, method: 'POST', status: 201 }, 'no such operation'],
    [
      'a refusal that is no problem',
      { ...missing, url: '/nowhere', body: '{}' },
      "required property 'detail'",
    ],
  ])('finds %s that is not in the document', (_what, answer, violation) => {
    expect(check.violations(answer).join('\n')).toContain(violation);
  });

  it('sees what goes over the wire, in pieces and compressed', async () => {
    const server = createServer((_request, response) => {
      response.setHeader('X-Request-Id', requestId);
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' });
      const body = gzipSync('{"status":"ok","uptime":1}');
      response.write(body.subarray(0, 10));
      response.end(body.subarray(10));
    });
    watchResponses(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    await fetch(`http://127.0.0.1:${portOf(server)}/health/live`);
    server.close();
    expect(takeViolations()).toEqual([
      expect.stringContaining('GET /health/live, answered 200: the body must NOT have additional properties'),
    ]);
  });
});
