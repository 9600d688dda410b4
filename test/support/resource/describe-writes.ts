import type { ResourceContract } from './resource-contract.js';

/** Records are made, changed and deleted. */
export function describeWrites(contract: ResourceContract): void {
  const { name, path, sql, sample, full, change, repeatable, defaults, required, request, post } = contract;

  it('makes a record and answers it whole, with its address and entity tag', async () => {
    const { status, headers, body } = await post('made', full);
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`${path}/made`);
    expect(headers.get('etag')).toBe('"1.1"');
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body).toEqual({
      ...defaults,
      ...full,
      id: 'made',
      agency: 'hhs',
      version: 1,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/) as string,
      updatedAt: body['createdAt'],
      deleted: false,
    });
    expect((await request('GET', `${path}/made`)).body).toEqual(body);
  });

  it('makes an id where none is given, and defaults for what is left out', async () => {
    const { status, headers, body } = await request('POST', path, { body: sample });
    expect(status).toBe(201);
    expect(body['id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(headers.get('location')).toBe(`${path}/${String(body['id'])}`);
    expect(body).toMatchObject({ ...sample, ...defaults });
  });

  it('keeps on PUT what is not named, and answers the whole record without a validator', async () => {
    await post('changed', repeatable);
    const { status, headers, body } = await request('PUT', `${path}/changed`, { body: change });
    expect(status).toBe(200);
    expect(body).toMatchObject({ ...repeatable, ...change, version: 2 });
    expect(headers.get('etag')).toBeNull();
    expect((await request('GET', `${path}/changed`)).headers.get('etag')).toBe('"2.1"');
  });

  it('sets optional members back on null, and refuses null for a required one', async () => {
    await post('cleared', repeatable);
    const nulls = Object.fromEntries(Object.keys(defaults).map((member) => [member, null]));
    const cleared = await request('PUT', `${path}/cleared`, { body: nulls });
    expect(cleared.body).toMatchObject(defaults);
    if (required === undefined) return;
    const refused = await request('PUT', `${path}/cleared`, { body: { [required]: null } });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'validation-failed', errors: [{ pointer: `/${required}` }] },
    });
    expect((await request('GET', `${path}/cleared`)).body).toEqual(cleared.body);
  });

  it('makes no version of the same content again', async () => {
    await post('same');
    const first = await request('PUT', `${path}/same`, { body: change });
    const second = await request('PUT', `${path}/same`, { body: change });
    expect(first.body).toMatchObject({ version: 2 });
    expect(second).toMatchObject({ status: 200, body: first.body });
  });

  it('takes back what it answered: read, edit, write', async () => {
    await post('round-trip', repeatable);
    const { body } = await request('GET', `${path}/round-trip`);
    const edited = await request('PUT', `${path}/round-trip`, { body: { ...body, ...change } });
    expect(edited).toMatchObject({ status: 200, body: { ...change, version: 2 } });
    const stale = await request('PUT', `${path}/round-trip`, { body });
    expect(stale).toMatchObject({ status: 412, body: { code: 'precondition-failed' } });
  });

  it.each([
    ['id', 'another'],
    ['agency', 'epa'],
    ['createdAt', '2001-01-01T00:00:00Z'],
    ['updatedAt', '2001-01-01T00:00:00Z'],
    ['deleted', true],
  ])('refuses another value for the read-only member %s', async (member, value) => {
    await post('read-only').catch(() => undefined);
    const { status, body } = await request('PUT', `${path}/read-only`, {
      body: { ...change, [member]: value },
    });
    expect({ status, body }).toMatchObject({
      status: 422,
      body: { code: 'read-only-member', errors: [{ pointer: `/${member}` }] },
    });
    expect((await request('GET', `${path}/read-only`)).body).toMatchObject({ version: 1 });
  });

  it('deletes: 204, then it is gone, its id stays taken, and its history is kept', async () => {
    await post('deleted');
    expect(await request('DELETE', `${path}/deleted`)).toMatchObject({ status: 204, text: '' });
    for (const method of ['GET', 'DELETE'])
      expect((await request(method, `${path}/deleted`)).status).toBe(404);
    expect((await request('PUT', `${path}/deleted`, { body: change })).status).toBe(404);
    expect(await post('deleted')).toMatchObject({ status: 409, body: { code: 'deleted' } });
    const rows = await sql(
      `SELECT version, action, document::json ->> 'deleted' AS deleted FROM hms.changes
       WHERE resource = $1 AND record_id = 'deleted' ORDER BY version`,
      [name],
    );
    expect(rows).toEqual([
      { version: 1, action: 'created', deleted: 'false' },
      { version: 2, action: 'deleted', deleted: 'true' },
    ]);
  });

  it('refuses an id that is taken, whatever the body', async () => {
    await post('taken');
    expect(await post('taken')).toMatchObject({ status: 409, body: { code: 'already-exists' } });
  });
}
