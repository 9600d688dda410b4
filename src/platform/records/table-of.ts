import { getMetadataArgsStorage } from 'typeorm';
import type { Resource } from './resource.js';

/** The name of the table of a resource, which its entity says. */
export function tableOf({ name, entity }: Pick<Resource, 'name' | 'entity'>): string {
  const table = getMetadataArgsStorage().tables.find(({ target }) => target === entity)?.name;
  if (table === undefined) throw new Error(`The entity of ${name} names no table: give @Entity() its name.`);
  return table;
}
