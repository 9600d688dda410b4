import { ApiProperty } from '@nestjs/swagger';
import type { Type } from '@nestjs/common';
import {
  BooleanField,
  IntegerField,
  NestedField,
  TextField,
  TimestampField,
} from '../../http/fields/index.js';
import { PageDto } from '../../http/paging/page.dto.js';

/** The parameters that the feed and the manifest have in common. */
class AgencyQueryDto {
  @TextField({
    description:
      'The agency whose records are wanted. Another than your own needs the scope platform:sync; with that scope, ' +
      'and without this parameter, those of all agencies are given.',
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
    patternMeans: 'letters, digits, - and _, starting with a letter or a digit',
    max: 63,
    optional: true,
  })
  agency?: string;

  @TextField({
    description: 'Where the page begins: the nextCursor of the page before.',
    max: 200,
    optional: true,
  })
  cursor?: string;
}

/** The parameters of the feed. */
export class FeedQueryDto extends AgencyQueryDto {
  @TextField({
    description:
      'Where the page begins: the nextCursor of the page before; now: at the end of what there is. Without it, at ' +
      'the beginning.',
    max: 200,
    optional: true,
  })
  override cursor?: string;

  @IntegerField({ description: 'Most entries on a page.', min: 1, max: 1000, default: 100, fromText: true })
  limit: number = 100;

  @IntegerField({
    description: 'Seconds to wait for a change, where there is none to read.',
    min: 0,
    max: 30,
    default: 0,
    fromText: true,
  })
  wait: number = 0;
}

/** The parameters of the manifest. */
export class ManifestQueryDto extends AgencyQueryDto {
  @IntegerField({ description: 'Most records on a page.', min: 1, max: 1000, default: 100, fromText: true })
  limit: number = 100;
}

/** Where a page of the feed stands. */
export class FeedPageDto {
  @IntegerField({ description: 'Most entries on a page.', example: 100 })
  limit: number;

  @TextField({
    description: 'The cursor of what comes next; keep it when you have stored the page.',
    example: 'WyI3NDEiLCIxMiIsIjA5ZjNjMmExIiwwXQ',
  })
  nextCursor: string;

  @BooleanField({ description: 'Whether there is more to be read at once.', example: false })
  more: boolean;
}

/**
 * The OpenAPI schema of a page of a resource's feed.
 *
 * @param document the record
 * @param sent what external systems get of it
 */
export function feedOf(document: Type<object>, sent: Type<object>, type: string): Type {
  class FeedBodyDto {
    @TextField({ description: 'Id of the record.', example: '123' })
    id: string;

    @NestedField(() => sent, { description: 'The record after the change.' })
    data: object;
  }
  class FeedItemDto {
    @TextField({
      description: 'Id of the message: the same as webhook-id.',
      example: 'policies_v6_Zk3vYJ0b2Wd1sQm8uRtE4A',
    })
    id: string;

    @TextField({ description: 'Kind of message.', example: `gov.hms.${type}.updated` })
    type: string;

    @TimestampField({ description: 'When the change was made.' })
    time: string;

    @IntegerField({ description: 'Version of the record.', example: 6 })
    sequence: number;

    @ApiProperty({ type: FeedBodyDto, description: 'What a webhook has as its body.' })
    body: object;
  }
  class FeedDto {
    @ApiProperty({ type: [FeedItemDto], description: 'Changes in the order of their commits.' })
    items: object[];

    @ApiProperty({ type: FeedPageDto })
    page: FeedPageDto;
  }
  const prefix = document.name.replace(/Dto$/, '');
  Object.defineProperty(FeedBodyDto, 'name', { value: `${prefix}FeedBodyDto` });
  Object.defineProperty(FeedItemDto, 'name', { value: `${prefix}FeedItemDto` });
  Object.defineProperty(FeedDto, 'name', { value: `${prefix}FeedDto` });
  return FeedDto;
}

/** What a record must be for whoever holds a copy. */
export class ManifestEntryDto {
  @TextField({ description: 'Id of the record.', example: '123' })
  id: string;

  @ApiProperty({
    description: 'Its agency; only with the scope platform:sync.',
    required: false,
    example: 'hhs',
  })
  agency?: string;

  @IntegerField({ description: 'Its newest version.', example: 6 })
  version: number;

  @TextField({
    description: 'SHA-256 of the bytes of data in the newest message, in hex.',
    example: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c',
  })
  sha256: string;

  @BooleanField({ description: 'Whether it is deleted.', example: false })
  deleted: boolean;
}

/** A page of the manifest. */
export class ManifestDto {
  @ApiProperty({ type: [ManifestEntryDto], description: 'The records of the page, by agency and id.' })
  items: ManifestEntryDto[];

  @ApiProperty({ type: PageDto })
  page: PageDto;
}
