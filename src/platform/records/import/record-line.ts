import { parseJsonBody } from '../../http/json-body.parser.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import { validationFailed, validationPipe } from '../../http/validation.js';
import type { RecordWrite } from '../bulk/record-write.js';
import { readOnlyMembers } from '../record-columns.js';
import type { Resource } from '../resource.js';
import type { ImportMode } from './import.dto.js';

/** Bytes that a line may have: as many as the body of a request for one record. */
export const longestLine = 1024 * 1024;

/** Reads the lines of an import: each is a whole record, as an export has it or as `POST` takes it. */
export class RecordLines {
  private readonly validation = validationPipe();
  private readonly setAside: ReadonlySet<string>;

  constructor(
    private readonly resource: Pick<Resource, 'bodies' | 'lifeCycle'>,
    private readonly mode: ImportMode,
  ) {
    const readOnly: string[] = readOnlyMembers.filter((member) => member !== 'id');
    this.setAside = new Set(resource.lifeCycle ? [...readOnly, 'status'] : readOnly);
  }

  /** @throws {ProblemError} `malformed-request`, `validation-failed`, with pointers into the line */
  async read(bytes: Buffer): Promise<RecordWrite> {
    const record = objectOf(parseJsonBody(bytes));
    if (record['id'] === undefined || record['id'] === null)
      throw validationFailed([
        { pointer: '/id', detail: 'This member is missing. It lets an import be repeated.' },
      ]);
    const { given, readOnly } = this.parted(record);
    const metatype = this.resource.bodies.create;
    const valid: unknown = await this.validation.transform(given, { type: 'body', metatype });
    const { id, ...members } = valid as { id: string };
    return { kind: this.mode, id, members, readOnly };
  }

  private parted(record: Record<string, unknown>): Record<'given' | 'readOnly', Record<string, unknown>> {
    const given: Record<string, unknown> = {};
    const readOnly: Record<string, unknown> = {};
    for (const member of Object.keys(record))
      (this.setAside.has(member) ? readOnly : given)[member] = record[member];
    return { given, readOnly };
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw validationFailed([{ pointer: '', detail: 'Must be a JSON object.' }]);
  return value as Record<string, unknown>;
}

export const lineTooLong = (): ProblemError =>
  new ProblemError('body-too-large', `The line has more than ${longestLine} bytes.`);
