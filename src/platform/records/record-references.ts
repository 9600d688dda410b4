import type { DatabaseName } from '../config/settings.js';
import type { ReadConnections } from '../database/read-connections.js';
import type { MemberProblem } from '../http/problems/problem.error.js';
import { validationFailed } from '../http/validation.js';
import { identifier } from './capture/document-expression.js';
import { type PreparedStatement, prepared } from './record-statements.js';
import type { Reference, Resource } from './resource.js';
import { tableOf } from './table-of.js';

interface Target {
  readonly database: DatabaseName;
  readonly statement: PreparedStatement;
}

/** Ids that one statement looks for: others wait behind it. */
const looksAtOnce = 1_000;

/** By reference, the ids that were looked for and not found. */
export type MissingReferences = ReadonlyMap<Reference, ReadonlySet<string>>;

/**
 * Tells whether records that others refer to are there, whichever of the two databases holds them. Features
 * do not import each other: they name a resource, and this looks in its table.
 *
 * What is guaranteed: at the moment of the look, before the write, the record lived, in the caller's agency.
 * It may be deleted before the write is committed, or at any time after: nothing spans the databases (ADR 13).
 */
export class RecordReferences {
  private readonly targets: ReadonlyMap<string, Target>;

  /**
   * @throws if a resource refers to one that the service does not have
   */
  constructor(
    resources: readonly Resource[],
    private readonly readsOf: (database: DatabaseName) => ReadConnections,
  ) {
    this.targets = new Map(resources.map((resource) => [resource.name, targetOf(resource)]));
    for (const { name, references = [] } of resources)
      for (const { member, resource } of references)
        if (!this.targets.has(resource))
          throw new Error(`${name}.${member} refers to ${resource}, which is no resource of this service.`);
  }

  /**
   * Refuses ids of records that are not there. One that the record holds already may stay: what it refers to
   * may have been deleted since.
   *
   * @param members that are to be written
   * @param stored reads the record as it is; called only if an id is missing
   * @throws {ProblemError} `validation-failed` naming each id
   */
  async require(
    { references = [] }: Pick<Resource, 'references'>,
    agency: string,
    members: object,
    stored: () => Promise<object>,
  ): Promise<void> {
    const missing = await this.missingAmong(references, agency, [members]);
    if (missing.size === 0) return;
    const errors = referenceProblems(missing, members, await stored());
    if (errors.length > 0) throw validationFailed(errors);
  }

  /** The ids in the members of many records that no living record of the agency has. */
  async missingAmong(
    references: readonly Reference[],
    agency: string,
    records: readonly object[],
  ): Promise<MissingReferences> {
    const missing = new Map<Reference, ReadonlySet<string>>();
    for (const reference of references) {
      const wanted = [...new Set(records.flatMap((members) => idsIn(members, reference)))];
      const absent = new Set<string>();
      for (let from = 0; from < wanted.length; from += looksAtOnce) {
        const part = wanted.slice(from, from + looksAtOnce);
        for (const id of await this.missing(reference.resource, agency, part)) absent.add(id);
      }
      if (absent.size > 0) missing.set(reference, absent);
    }
    return missing;
  }

  /** Those of the ids that no living record of the agency has. */
  private async missing(resource: string, agency: string, ids: readonly string[]): Promise<string[]> {
    const target = this.targets.get(resource);
    if (!target) throw new Error(`${resource} is no resource of this service.`);
    const rows = await this.readsOf(target.database).query<{ id: string }>({
      ...target.statement,
      values: [agency, ids],
    });
    return rows.map(({ id }) => id);
  }
}

const idsIn = (members: object, { member }: Reference): string[] =>
  [(Reflect.get(members, member) as string | string[] | null | undefined) ?? []].flat();

/** What is wrong with the members of a record that name missing ones. Those that it holds already may stay. */
export function referenceProblems(
  missing: MissingReferences,
  members: object,
  stored: object,
): MemberProblem[] {
  return [...missing].flatMap(([reference, absent]) => {
    const kept = new Set(idsIn(stored, reference));
    const isList = Array.isArray(Reflect.get(members, reference.member));
    return idsIn(members, reference).flatMap((id, index) =>
      !absent.has(id) || kept.has(id)
        ? []
        : {
            pointer: isList ? `/${reference.member}/${index}` : `/${reference.member}`,
            detail: `There is no living record with the id ${id} among the ${reference.resource} of your agency.`,
          },
    );
  });
}

function targetOf(resource: Resource): Target {
  const table = tableOf(resource);
  const text = `SELECT wanted.id FROM unnest($2::text[]) AS wanted (id)
WHERE NOT EXISTS (SELECT FROM public.${identifier(table)} p
  WHERE p.agency = $1 AND p.id = wanted.id COLLATE "C" AND p.deleted_at IS NULL)`;
  return { database: resource.database, statement: prepared(table, 'missing', text) };
}
