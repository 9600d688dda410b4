import { spawn } from 'node:child_process';
import { ApiDocument, type ExampleRequest } from '../support/contract/api-document.js';
import { freePort, type Prism, startPrism } from '../support/contract/prism.js';
import { ResponseCheck } from '../support/contract/response-check.js';
import { until } from '../support/gate.js';

const document = ApiDocument.read();

describe('The stub: npm run stub', () => {
  let stub: Prism;
  const send = (
    { method, path, mediaType, body }: Omit<ExampleRequest, 'operation'>,
    headers: Record<string, string> = { Authorization: 'Bearer any' },
  ) =>
    fetch(stub.url + path, {
      method,
      headers: { ...headers, ...(mediaType && { 'Content-Type': mediaType }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });

  beforeAll(async () => {
    stub = await startPrism('mock', '--cors=false', '--verboseLevel=error');
  });

  afterAll(() => stub?.stop());

  it.each(document.requests().map((request) => [request.operation.operationId, request] as const))(
    'answers %s with the example of the document',
    async (_name, request) => {
      const answer = await send(request);
      const body = await answer.text();
      expect({ status: answer.status, violations: answer.headers.get('sl-violations') }).toEqual({
        status: Number(Object.keys(request.operation.responses).find((status) => status.startsWith('2'))),
        violations: null,
      });
      const { method, path: url } = request;
      const headers = Object.fromEntries(answer.headers);
      const violations = new ResponseCheck(document).violations({
        method,
        url,
        status: answer.status,
        headers,
        body,
      });
      expect(violations).toEqual([]);
      const type = headers['content-type']?.replace(/;.*/, '') ?? '';
      const { content } = document.response(request.operation, answer.status) ?? {};
      const example = content?.[type]?.example;
      const isJson = /[/+]json$/.test(type);
      const read: unknown = isJson ? JSON.parse(body) : body;
      expect(read).toEqual(isJson ? (example ?? read) : body);
    },
  );

  it('wants a token', async () => {
    const answer = await send({ method: 'GET', path: '/api/policies/123' }, {});
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: 'unauthenticated' });
  });

  it('refuses a body that the schema does not have', async () => {
    const answer = await send({
      method: 'PUT',
      path: '/api/policies/123',
      mediaType: 'application/json',
      body: { titel: 'Misspelt' },
    });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('sl-violations')).toContain("found 'titel'");
  });

  it('answers with the status that is asked for', async () => {
    const headers = { Authorization: 'Bearer any', Prefer: 'code=404' };
    const answer = await send({ method: 'GET', path: '/api/policies/123' }, headers);
    expect(await answer.json()).toMatchObject({ status: 404, code: 'not-found' });
  });

  it('listens where it is told, and ends with the script', async () => {
    const port = await freePort();
    const npm = spawn('npm', ['run', 'stub', '--', '--port', String(port)], { stdio: 'ignore' });
    const answers = () =>
      fetch(`http://127.0.0.1:${port}/health/live`).then(
        () => true,
        () => false,
      );
    await until('the stub listens', answers, 60_000);
    expect((await fetch(`http://127.0.0.1:${port}/api/policies/123`)).status).toBe(401);
    npm.kill();
    await until('the stub has ended', async () => !(await answers()));
  }, 120_000);
});
