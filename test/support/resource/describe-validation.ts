import { ApiDocument } from '../contract/api-document.js';
import type { ResourceContract } from './resource-contract.js';
import { type WrongValue, wrongValues } from './wrong-values.js';

/** What is wrong is refused by name, and changes nothing; what clients may not store, plain SQL may not either. */
export function describeValidation(contract: ResourceContract): void {
  const { path, sample, change, schemas, table, request, post, sql } = contract;
  const document = ApiDocument.read();
  const members = Object.entries(schemas).map(([member, schema]): [string, WrongValue[]] => [
    member,
    wrongValues(document.resolved(schema)),
  ]);

  it('refuses members it does not know, and bodies that change nothing they could name', async () => {
    await post('strict');
    expect(await request('PUT', `${path}/strict`, { body: { ...change, colour: 'red' } })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/colour' }] },
    });
    expect(await post('strict-2', { colour: 'red' })).toMatchObject({ status: 422 });
    expect(await request('GET', `${path}/strict-2`)).toMatchObject({ status: 404 });
    for (const body of [{}, { version: 1 }])
      expect(await request('PUT', `${path}/strict`, { body })).toMatchObject({
        status: 422,
        body: { code: 'validation-failed' },
      });
  });

  it.each(members)('refuses wrong values of %s by its pointer', async (member, values) => {
    await post('refused');
    for (const { value } of values) {
      const answers = await Promise.all([
        request('POST', path, { body: { ...sample, id: 'refused-2', [member]: value } }),
        request('PUT', `${path}/refused`, { body: { [member]: value } }),
      ]);
      for (const { status, body } of answers) {
        expect([value, status]).toEqual([value, 422]);
        const [problem] = body['errors'] as { pointer: string }[];
        expect(`${problem?.pointer}/`).toMatch(new RegExp(`^/${member}/`));
      }
    }
    expect((await request('GET', `${path}/refused`)).body).toMatchObject({ version: 1 });
    expect((await request('GET', `${path}/refused-2`)).status).toBe(404);
  });

  it('holds plain SQL to the same', async () => {
    await post('by-hand');
    const rows = await sql<{ member: string; column: string }>(
      `SELECT c.member, c."column" FROM hms.captured_tables t, jsonb_to_recordset(t.columns::jsonb) c (member text, "column" text)
       WHERE t.table_name = $1`,
      [table],
    );
    const columns = new Map(rows.map(({ member, column }) => [member, column]));
    for (const [member, values] of members)
      for (const { value, inSql } of values) {
        if (!inSql) continue;
        const column = columns.get(member) ?? '';
        const update = sql(
          `UPDATE ${table} p SET "${column}" = (jsonb_populate_record(p, $1::jsonb))."${column}" WHERE id = 'by-hand'`,
          [JSON.stringify({ [column]: value })],
        );
        const outcome = await update.then(
          () => 'stored',
          (error: { code?: string }) => error.code?.slice(0, 2),
        );
        // Class 22: no value of the type; class 23: a constraint.
        expect([member, value, outcome]).toEqual([member, value, expect.stringMatching(/^2[23]$/)]);
      }
    expect((await request('GET', `${path}/by-hand`)).body).toMatchObject({ version: 1 });
  });
}
