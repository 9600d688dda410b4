import type { Answer } from '../app.js';
import type { ResourceContract } from './resource-contract.js';

/** Tokens, scopes and agencies. */
export function describeAccess(contract: ResourceContract): void {
  const { path, name, sample, change, request, post } = contract;

  it('answers another agency’s record exactly as one that does not exist', async () => {
    await post('private');
    const answers = async (id: string, agency: string) =>
      Promise.all([
        request('GET', `${path}/${id}`, { agency }),
        request('PUT', `${path}/${id}`, { agency, body: change }),
        request('PUT', `${path}/${id}`, { agency, body: { ...change, deleted: false } }),
        request('PUT', `${path}/${id}`, { agency, body: change, headers: { 'If-Match': '"1.1"' } }),
        request('DELETE', `${path}/${id}`, { agency }),
      ]);
    const comparable = ({ status, body }: Answer, id: string) =>
      JSON.stringify({ status, ...body, requestId: '' }).replaceAll(id, '<id>');
    const foreign = (await answers('private', 'epa')).map((answer) => comparable(answer, 'private'));
    const missing = (await answers('missing', 'epa')).map((answer) => comparable(answer, 'missing'));
    expect(foreign).toEqual(missing);
    expect(foreign.every((text) => text.includes('"status":404'))).toBe(true);
    expect(JSON.stringify((await request('GET', path, { agency: 'epa' })).body)).not.toContain('private');
    expect((await request('GET', `${path}/private`)).body).toMatchObject({ version: 1 });
  });

  it('keeps the same id of two agencies as two records', async () => {
    await post('shared', {}, 'hhs');
    const theirs = await post('shared', {}, 'epa');
    expect(theirs).toMatchObject({ status: 201, body: { agency: 'epa', version: 1 } });
    await request('PUT', `${path}/shared`, { agency: 'epa', body: change });
    expect((await request('GET', `${path}/shared`)).body).toMatchObject({ ...sample, version: 1 });
  });

  it('wants the scope of the verb', async () => {
    await post('scoped');
    const [read, write] = [`${name}:read`, `${name}:write`];
    const other = name === 'items' ? 'policies:read' : 'items:read';
    const status = async (method: string, scopes: string[], body?: object) =>
      (await request(method, `${path}/scoped`, { scopes, ...(body && { body }) })).status;
    expect(await status('GET', [read])).toBe(200);
    expect(await status('GET', [write])).toBe(403);
    expect(await status('GET', [other])).toBe(403);
    expect(await status('PUT', [read], change)).toBe(403);
    expect(await status('DELETE', [read])).toBe(403);
    expect((await request('POST', path, { scopes: [read], body: sample })).status).toBe(403);
    expect((await request('GET', path, { scopes: [] })).status).toBe(403);
  });

  it('wants a token', async () => {
    await post('closed');
    for (const [method, url] of [
      ['GET', path],
      ['POST', path],
      ['GET', `${path}/closed`],
      ['PUT', `${path}/closed`],
      ['PATCH', `${path}/closed`],
      ['DELETE', `${path}/closed`],
    ] as const)
      for (const headers of [{ Authorization: '' }, { Authorization: 'Bearer forged' }])
        expect(await request(method, url, { headers })).toMatchObject({ status: 401 });
    expect((await request('GET', `${path}/closed`)).body).toMatchObject({ version: 1 });
  });
}
