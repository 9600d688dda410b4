import { BooleanField, InstantField, TextField } from '../../http/fields/index.js';
import { PageQueryDto } from '../../http/paging/page-query.dto.js';

/** The parameters of every list. `listQueryOf` adds those that the rules of a resource allow. */
export class ListQueryDto extends PageQueryDto {
  // It holds the values that the list is sorted by, of which a title is the longest.
  @TextField({
    description: 'Where the page begins: the nextCursor of the page before, with the same filters and sort.',
    max: 2_000,
    optional: true,
  })
  declare cursor?: string;

  @InstantField({
    description:
      'The records as they were at this instant, those that have been deleted since included. By id only: not ' +
      'with sort, q, total or includeDeleted.',
    optional: true,
  })
  asOf?: string;

  @BooleanField({
    description: 'Deleted records as well. Needs the scope that restoring them needs.',
    optional: true,
    fromText: true,
  })
  includeDeleted?: boolean;

  @BooleanField({
    description: 'Whether page.total shall say how many records there are on all pages.',
    optional: true,
    fromText: true,
  })
  total?: boolean;

  /** Members to sort by, with `-` before those to sort by downwards. */
  sort?: readonly string[];

  /** Members that the entries shall have. */
  fields?: readonly string[];

  /** What is searched for. */
  q?: string;
}
