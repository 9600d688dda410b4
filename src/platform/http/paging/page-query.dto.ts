import { IntegerField, TextField } from '../fields/index.js';

/** The parameters by which a client goes from page to page. */
export class PageQueryDto {
  @IntegerField({ description: 'Most entries on a page.', min: 1, max: 100, default: 25, fromText: true })
  limit: number = 25;

  @TextField({
    description: 'Where the page begins: the nextCursor of the page before.',
    max: 200,
    optional: true,
  })
  cursor?: string;
}
