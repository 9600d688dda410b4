import type { ResourceContract } from './resource-contract.js';

/** Conditional reads and writes. */
export function describeConditions(contract: ResourceContract): void {
  const { path, change, request, post } = contract;

  it('treats a version in the body as a precondition', async () => {
    await post('versioned');
    const put = (version: unknown) => request('PUT', `${path}/versioned`, { body: { ...change, version } });
    expect(await put(2)).toMatchObject({ status: 412 });
    expect(await put(3_000_000_000)).toMatchObject({ status: 412 });
    expect(await put('1')).toMatchObject({ status: 422, body: { errors: [{ pointer: '/version' }] } });
    expect(await put(1)).toMatchObject({ status: 200, body: { version: 2 } });
  });

  it('answers conditional reads by the entity tag', async () => {
    await post('conditional');
    const get = (tag: string) => request('GET', `${path}/conditional`, { headers: { 'If-None-Match': tag } });
    for (const tag of ['"1.1"', 'W/"1.1"', '"9.9", "1.1"', '*'])
      expect(await get(tag)).toMatchObject({ status: 304, text: '' });
    expect((await get('"1.1"')).headers.get('etag')).toBe('"1.1"');
    for (const tag of ['"2.1"', '"1.2"', '"else"']) expect((await get(tag)).status).toBe(200);
    expect(await get('1.1')).toMatchObject({ status: 400, body: { code: 'malformed-request' } });
  });

  it('answers conditional writes by the version, in the statement that writes', async () => {
    await post('guarded');
    const put = (tag: string, id = 'guarded') =>
      request('PUT', `${path}/${id}`, { headers: { 'If-Match': tag }, body: change });
    for (const tag of ['"2.1"', 'W/"1.1"', '"else"'])
      expect(await put(tag)).toMatchObject({ status: 412, body: { code: 'precondition-failed' } });
    expect((await put('guarded')).status).toBe(400);
    expect((await put('*', 'nowhere')).status).toBe(404);
    expect(await put('"7.1", "1.1"')).toMatchObject({ status: 200, body: { version: 2 } });
    const remove = (tag: string) => request('DELETE', `${path}/guarded`, { headers: { 'If-Match': tag } });
    expect((await remove('"1.1"')).status).toBe(412);
    expect((await remove('"2.1"')).status).toBe(204);
  });

  it('lets one of twenty writers based on the same version through', async () => {
    await post('raced');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        request('PUT', `${path}/raced`, {
          headers: { 'If-Match': '"1.1"' },
          body: change,
        }),
      ),
    );
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect([count(200), count(412)]).toEqual([1, 19]);
  });
}
