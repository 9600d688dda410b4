import type { ResourceContract } from './resource-contract.js';

/** Pages, paths, methods and headers. */
export function describeHttp(contract: ResourceContract): void {
  const { name, path, alias, sample, request, post, sql } = contract;

  it('lists by pages, each record once', async () => {
    const agency = 'pages';
    const ids = Array.from({ length: 7 }, (_, n) => `p${n}`);
    for (const id of ids) await post(id, {}, agency);
    await request('DELETE', `${path}/p3`, { agency });
    const seen: unknown[] = [];
    let next = `${path}?limit=2`;
    for (let page = 0; page < 10 && next; page++) {
      const { status, body, headers } = await request('GET', next, { agency });
      expect(status).toBe(200);
      seen.push(...(body['items'] as { id: string }[]).map(({ id }) => id));
      const { nextCursor, limit } = body['page'] as { nextCursor: string | null; limit: number };
      expect(limit).toBe(2);
      const link = /^<(.*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1] ?? '';
      expect(link.includes(nextCursor ?? '?')).toBe(nextCursor !== null);
      next = link;
    }
    expect(seen).toEqual(ids.filter((id) => id !== 'p3'));
  });

  it('answers ids that cannot be as not found', async () => {
    for (const id of ['..%2f..%2fx', '%00', 'a:b', 'a'.repeat(65), '-a', 'a%20b', '%E2%82%AC'])
      expect(await request('GET', `${path}/${id}`)).toMatchObject({
        status: 404,
        body: { code: 'not-found' },
      });
  });

  it('is the same without /api, and its pages link there', async () => {
    await post('alias');
    const short = await request('GET', `${alias}/alias`);
    expect(short).toMatchObject({ status: 200, text: (await request('GET', `${path}/alias`)).text });
    const made = await request('POST', alias, { body: { ...sample, id: 'alias-2' } });
    expect(made.headers.get('location')).toBe(`${alias}/alias-2`);
  });

  it('answers HEAD as GET without the body', async () => {
    await post('head');
    const get = await request('GET', `${path}/head`);
    const head = await request('HEAD', `${path}/head`);
    expect(head).toMatchObject({ status: 200, text: '' });
    for (const name of ['etag', 'content-type', 'content-length', 'cache-control'])
      expect(head.headers.get(name)).toBe(get.headers.get(name));
  });

  it('answers 405 with the methods that are allowed', async () => {
    const { status, headers, body } = await request('POST', `${path}/any`, { body: {} });
    expect({ status, body }).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } });
    const allowed = headers.get('allow')?.split(', ').sort();
    expect(allowed).toEqual(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'PUT']);
  });

  it('records the caller, the request and the reason with the change', async () => {
    const { headers } = await request('POST', path, {
      body: { ...sample, id: 'reasoned' },
      headers: { 'Change-Reason': 'annual review', 'X-Request-Id': 'review-7' },
    });
    expect(headers.get('x-request-id')).toBe('review-7');
    const rows = await sql<{ actor: string; login: string; context: string }>(
      `SELECT actor, login, context FROM hms.changes WHERE resource = $1 AND record_id = 'reasoned'`,
      [name],
    );
    expect(rows).toMatchObject([{ login: 'hms_app' }]);
    expect(JSON.parse(rows[0]?.context ?? '')).toEqual({
      actor: rows[0]?.actor,
      agency: 'hhs',
      kind: 'person',
      requestId: 'review-7',
      route: `POST ${path}`,
      address: '127.0.0.1',
      reason: 'annual review',
    });
  });
}
