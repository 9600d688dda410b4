import { fastify } from 'fastify';
import { Pool } from 'pg';
import { answerQuestions } from './helper-process.js';
import { agency } from './records.js';

export interface BareServerQuestion {
  readonly databaseUrl: string;
}

const read = {
  name: 'read',
  text: 'SELECT row_to_json(p)::text AS document FROM bench.policies p WHERE agency = $1 AND id = $2',
};

const update = {
  name: 'update',
  text: `WITH written AS (
  UPDATE bench.policies SET description = $3, version = version + 1, updated_at = clock_timestamp()
  WHERE agency = $1 AND id = $2 RETURNING *),
history AS (
  INSERT INTO bench.history (agency, id, version, document)
  SELECT agency, id, version, row_to_json(written)::text FROM written),
outbox AS (
  INSERT INTO bench.outbox (agency, id, version) SELECT agency, id, version FROM written)
SELECT row_to_json(written)::text AS document FROM written`,
};

/**
 * The least that a program on the same libraries can do: one prepared statement for each request, no
 * token, no validation, no log, and nothing is delivered. A ceiling, not a service.
 *
 * @returns its address
 */
async function serve({ databaseUrl }: BareServerQuestion): Promise<string> {
  const pool = new Pool({ connectionString: databaseUrl, max: 10 });
  const server = fastify();
  const answer = async (statement: { name: string; text: string }, values: string[]): Promise<string> => {
    const { rows } = await pool.query<{ document: string }>({ ...statement, values });
    return rows[0]?.document ?? 'null';
  };
  server.get<{ Params: { id: string } }>('/api/policies/:id', async ({ params }, reply) =>
    reply.type('application/json').send(await answer(read, [agency, params.id])),
  );
  server.put<{ Params: { id: string }; Body: { description: string } }>(
    '/api/policies/:id',
    async ({ params, body }, reply) =>
      reply.type('application/json').send(await answer(update, [agency, params.id, body.description])),
  );
  return server.listen({ host: '127.0.0.1', port: 0 });
}

answerQuestions(serve);
