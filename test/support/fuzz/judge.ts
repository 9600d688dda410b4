import type { FuzzedOperation } from './fuzzed-operation.js';
import type { Break } from './schema-breaks.js';

/** What an operation answered. */
export interface FuzzAnswer {
  readonly status: number;
  readonly location: string;
  readonly text: string;
  /** Of a JSON body; none of any other. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** @throws {Error} unless a valid input was carried out, or the document says what it conflicts with */
export function judgeValid(operation: FuzzedOperation, answer: FuzzAnswer): void {
  judgeAny(operation, answer);
  if (answer.status >= 300 && answer.status !== 409) fail('A valid input was refused', answer);
}

/** @throws {Error} unless an input with one thing wrong was refused, and the answer names that */
export function judgeInvalid(
  operation: FuzzedOperation,
  answer: FuzzAnswer,
  { pointer, what }: Break,
  where: 'body' | 'query',
): void {
  judgeAny(operation, answer);
  const wrong = `${pointer || 'the body'} ${what}`;
  if (answer.status < 400) fail(`It was accepted that ${wrong}`, answer);
  if (!(where === 'body' ? namesMember(answer, pointer) : namesParameter(answer, pointer)))
    fail(`The answer does not say that ${wrong}`, answer);
}

/** @throws {Error} at a failure of the service, and at an answer that the document does not have */
function judgeAny({ statuses }: FuzzedOperation, answer: FuzzAnswer): void {
  if (answer.status >= 500) fail('The service failed', answer);
  if (!statuses.includes(String(answer.status))) fail('The document has no such answer', answer);
}

/** Whether it names the member, what holds it, or what is within. */
function namesMember({ status, members }: FuzzAnswer, pointer: string): boolean {
  const errors = (members['errors'] ?? []) as readonly { readonly pointer: string }[];
  const isWithin = (inner: string, outer: string) => inner === outer || inner.startsWith(`${outer}/`);
  return (
    status === 422 &&
    errors.some(
      (error) =>
        isWithin(error.pointer, pointer) || (error.pointer !== '' && isWithin(pointer, error.pointer)),
    )
  );
}

function namesParameter({ status, members }: FuzzAnswer, name: string): boolean {
  return status === 400 && String(members['detail']).includes(name);
}

function fail(what: string, { status, text }: FuzzAnswer): never {
  throw new Error(`${what}: ${status} ${text.slice(0, 500)}`);
}
