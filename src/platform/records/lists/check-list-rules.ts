import { filterParameters } from './list-rules.js';
import { currentRows, type ListSource } from './list-rows.js';

/**
 * Refuses rules of which lists would be wrong, when the service starts rather than when somebody asks.
 *
 * @param isNullable whether a member may be without a value
 * @throws naming a member that records do not have, or one to sort by that may be null: after a page that ends
 *   with null, nothing would be found
 */
export function checkListRules(source: ListSource, isNullable: (member: string) => boolean): void {
  const rows = currentRows(source, false);
  for (const { condition } of filterParameters(source.rules)) condition(rows, '$2');
  for (const member of source.rules.sorts) {
    rows.valueOf(member);
    if (isNullable(member) && source.rules.absent?.[member] === undefined)
      throw new Error(
        `Lists of ${source.table} are sorted by ${member}, which may be null: say in absent what null counts as.`,
      );
  }
}
