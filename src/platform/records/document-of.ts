import type { Type } from '@nestjs/common';
import { IntersectionType, OmitType } from '@nestjs/swagger';
import { Complete, type Completed } from '../http/fields/index.js';
import { RecordMembersDto } from './record-members.dto.js';

/** The class of a record as it is answered and sent to other systems: what every record has, and what `Create` takes. */
export function documentOf<T extends { id?: string }>(
  Create: Type<T>,
): Type<RecordMembersDto & Completed<Omit<T, 'id'>>> {
  const members: Type<object> = Complete(OmitType(Create, ['id']));
  return IntersectionType(RecordMembersDto, members) as Type<RecordMembersDto & Completed<Omit<T, 'id'>>>;
}
