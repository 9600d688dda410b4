import type { Type } from '@nestjs/common';
import { IntersectionType, OmitType, PartialType } from '@nestjs/swagger';
import { documentWithoutDefaults } from '../http/fields/index.js';
import { RecordMembersDto } from './record-members.dto.js';

/**
 * The class of what a client sends to change a record: any of the members of `Create` but the id. Absent
 * members keep their value; null is refused for those that are required. The read-only members may be sent
 * back as they were read: `RecordChangePipe` sets them aside.
 */
export function ChangesOf<T extends { id?: string }>(
  Create: Type<T>,
): Type<Partial<Omit<T, 'id'>> & Partial<RecordMembersDto>> {
  const changes: Type<object> = PartialType(OmitType(Create, ['id']), { skipNullProperties: false });
  const Changes = IntersectionType(changes, PartialType(RecordMembersDto));
  documentWithoutDefaults(Changes);
  return Changes;
}
