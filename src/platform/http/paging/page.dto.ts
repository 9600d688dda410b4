import type { Type } from '@nestjs/common';
import { ApiProperty, IntersectionType, OmitType, PartialType, PickType } from '@nestjs/swagger';
import { BooleanField, IntegerField, TextField } from '../fields/index.js';

/** Where a page of a list stands. */
export class PageDto {
  @IntegerField({ description: 'Most records on a page.', example: 25 })
  limit: number;

  @TextField({
    description: 'The cursor of the next page; null on the last one.',
    nullable: true,
    example: 'WyIxMjMiXQ',
  })
  nextCursor: string | null;
}

/** How many records there are on all pages. */
export class PageTotalDto {
  @IntegerField({ description: 'How many there are, 10,000 at most.', example: 312 })
  count: number;

  @BooleanField({ description: 'Whether there are more than count.', example: false })
  capped: boolean;
}

/** Where a page of a list of records stands. */
export class RecordPagePositionDto extends PageDto {
  @ApiProperty({ type: PageTotalDto, required: false, description: 'Only with total=true.' })
  total?: PageTotalDto;
}

/**
 * The OpenAPI schema of a page of records, whose entries have the members that were asked for.
 *
 * @param name of the kind of record, such as `Policy`
 */
export function pageOf(document: Type<{ id: string }>, name: string): Type {
  class EntryDto extends IntersectionType(
    PickType(document, ['id']),
    PartialType(OmitType(document, ['id']), { skipNullProperties: false }),
  ) {}
  Object.defineProperty(EntryDto, 'name', { value: `${name}EntryDto` });

  class RecordPageDto {
    @ApiProperty({ type: [EntryDto], description: 'The records of the page, in the order of sort.' })
    items: unknown[];

    @ApiProperty({ type: RecordPagePositionDto })
    page: RecordPagePositionDto;
  }
  Object.defineProperty(RecordPageDto, 'name', { value: `${name}PageDto` });
  return RecordPageDto;
}
