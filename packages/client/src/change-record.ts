import type { HmsClient } from './hms-client.js';
import { ProblemError, unwrap } from './problem.error.js';
import type { paths } from './schema.js';
import type { UntypedClient } from './untyped-client.js';

/** The paths of records: what is read and changed by its id alone. */
type RecordPath = {
  [P in keyof paths]: paths[P] extends {
    get: { parameters: { path: { id: string } } };
    put: { parameters: { path: { id: string } }; requestBody: object };
  }
    ? P
    : never;
}[keyof paths];

type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : never;
type Document<P extends RecordPath> = Json<paths[P]['get']['responses'][200]>;
type Change<P extends RecordPath> = Json<paths[P]['put']['requestBody']>;

const attempts = 5;

/**
 * Reads a record, and changes it on the condition that it is still the one that was read (`If-Match`). Where
 * somebody else was faster it is read again, and `change` is asked again: nobody's change is lost. That may
 * have been this change, whose answer was lost.
 *
 * @param change what is still to change, given the record as it is; undefined: nothing
 * @returns the record as it is then
 * @throws {ProblemError} as the service refuses; `precondition-failed` after 5 attempts
 */
export async function changeRecord<P extends RecordPath>(
  client: HmsClient,
  path: P,
  id: string,
  change: (record: Document<P>) => Change<P> | undefined,
): Promise<Document<P>> {
  const { GET, PUT } = client as unknown as UntypedClient;
  for (let attempt = 1; ; attempt += 1) {
    const read = await GET(path, { params: { path: { id } } });
    const record = (await unwrap(Promise.resolve(read))) as Document<P>;
    const body = change(record);
    if (body === undefined) return record;
    const header = { 'If-Match': read.response.headers.get('ETag') ?? undefined };
    try {
      return (await unwrap(PUT(path, { params: { path: { id }, header }, body }))) as Document<P>;
    } catch (error) {
      const overtaken = error instanceof ProblemError && error.code === 'precondition-failed';
      if (!overtaken || attempt === attempts) throw error;
    }
  }
}
