import { setImmediate as otherRequests } from 'node:timers/promises';
import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { type MemberProblem, ProblemError } from '../../http/problems/problem.error.js';
import { problemWithin } from '../../http/problems/problem-within.js';
import { validationFailed, validationPipe } from '../../http/validation.js';
import { withReadOnlyStatus } from '../prepared-change.js';
import { RecordChangePipe } from '../record-change.js';
import type { Resource } from '../resource.js';
import { type BulkBody, bulkBodyOf, type Operation } from './bulk.dto.js';
import type { RecordWrite } from './record-write.js';

/** One operation, read: what is to be written, or why it cannot be. */
export interface BulkOperation {
  readonly op: Operation['op'];
  readonly id: string;
  readonly write: RecordWrite | ProblemError;
}

/** A bulk request, its operations validated. */
export interface BulkRequest {
  readonly atomic: boolean;
  readonly operations: readonly BulkOperation[];
}

/** Operations that are validated before other requests get their turn. */
const stride = 100;

/** JSON Pointer to the data of an operation. */
export const dataOf = (index: number): string => `/operations/${index}/data`;

/**
 * Reads the body of a bulk request. What is wrong with its form (an operation without an id, two of the same
 * record) refuses the whole of it; what is wrong with the data of an operation is that operation's problem.
 */
@Injectable()
export class BulkRequestPipe implements PipeTransform<unknown, Promise<BulkRequest>> {
  private readonly validation = validationPipe();
  private readonly form: Type<BulkBody>;
  private readonly changes: RecordChangePipe;

  constructor(private readonly resource: Pick<Resource, 'entity' | 'type' | 'bodies' | 'lifeCycle'>) {
    this.form = bulkBodyOf(resource);
    this.changes = new RecordChangePipe(resource.bodies.update);
  }

  async transform(body: unknown, metadata: ArgumentMetadata): Promise<BulkRequest> {
    const valid = (await this.validation.transform(body, { ...metadata, metatype: this.form })) as BulkBody;
    const ids = valid.operations.map(idOf);
    const errors = [...valid.operations.flatMap(formProblems), ...repetitions(ids)];
    if (errors.length > 0) throw validationFailed(errors.slice(0, 50));
    const operations: BulkOperation[] = [];
    for (const [index, operation] of valid.operations.entries()) {
      if (index % stride === stride - 1) await otherRequests();
      const id = ids[index] ?? uuidv7();
      operations.push({ op: operation.op, id, write: await this.writeOf(operation, id, index) });
    }
    return { atomic: valid.atomic ?? false, operations };
  }

  private async writeOf(
    operation: Operation,
    id: string,
    index: number,
  ): Promise<RecordWrite | ProblemError> {
    try {
      return await this.validWrite(operation, id);
    } catch (error) {
      if (error instanceof ProblemError) return problemWithin(dataOf(index), error);
      throw error;
    }
  }

  private async validWrite({ op, version, data }: Operation, id: string): Promise<RecordWrite> {
    const metadata: ArgumentMetadata = { type: 'body' };
    const accepted = version == null ? undefined : [version];
    if (op === 'delete') return { kind: op, id, members: {}, readOnly: {}, accepted };
    if (op === 'update') {
      const change = await this.changes.transform(data, metadata);
      const { members, readOnly } = this.resource.lifeCycle ? withReadOnlyStatus(change) : change;
      return { kind: op, id, members, readOnly, accepted };
    }
    const own = data?.['id'];
    if (own !== undefined && own !== null && own !== id)
      throw validationFailed([{ pointer: '/id', detail: 'Must be the id of the operation, or left out.' }]);
    const { create } = this.resource.bodies;
    const record = (await this.validation.transform(
      { ...data, id },
      { ...metadata, metatype: create },
    )) as object;
    const { id: _, ...members } = record as { id: string };
    return { kind: op, id, members, readOnly: {} };
  }
}

/** A new record may have its id among its data, as in a POST. */
function idOf({ op, id, data }: Operation): string | undefined {
  if (id != null) return id;
  const own = op === 'create' ? data?.['id'] : undefined;
  return typeof own === 'string' ? own : undefined;
}

function formProblems({ op, id, version, data }: Operation, index: number): MemberProblem[] {
  const problem = (member: string, detail: string) => ({ pointer: `/operations/${index}/${member}`, detail });
  return [
    ...(op !== 'create' && id == null ? [problem('id', `Is missing: it says what to ${op}.`)] : []),
    ...(op === 'create' && version != null ? [problem('version', 'Must not stand in a create.')] : []),
    ...(op === 'delete' && data != null ? [problem('data', 'Must not stand in a delete.')] : []),
    ...(op !== 'delete' && data == null ? [problem('data', `Is missing: it says what to ${op}.`)] : []),
  ];
}

/** The operations whose record an earlier one is of. */
function repetitions(ids: readonly (string | undefined)[]): MemberProblem[] {
  const first = new Map<string, number>();
  return ids.flatMap((id, index) => {
    if (id === undefined) return [];
    const earlier = first.get(id);
    if (earlier === undefined) {
      first.set(id, index);
      return [];
    }
    const detail = `Operation ${earlier} is of the same record; send one operation for each.`;
    return { pointer: `/operations/${index}/id`, detail };
  });
}
