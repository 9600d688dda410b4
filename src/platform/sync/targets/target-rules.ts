import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { insufficientScope } from '../../auth/refusals.js';
import { Settings } from '../../config/settings.js';
import { pointer } from '../../http/json-pointer.js';
import type { MemberProblem } from '../../http/problems/problem.error.js';
import { validationFailed } from '../../http/validation.js';
import { isPlatform, platformScope } from '../platform-scope.js';
import { TargetTypes } from '../target-types/target-types.js';
import { configuredNames } from './configured-target.js';
import { checkReceiverUrl } from './receiver-url.js';
import type { Condition } from './target.js';
import type { Queries, TargetContent } from './target-store.js';

/** Members that every document has. */
const commonMembers = ['id', 'agency', 'version', 'createdAt', 'updatedAt', 'deleted'];
/** Types of columns whose member is no single value. */
const compound = /\[\]$|^jsonb?$/;

/** What holds for a target beside what can be said of each of its members alone. */
@Injectable()
export class TargetRules {
  constructor(
    @Inject(Settings) private readonly settings: Pick<Settings, 'production'>,
    private readonly types: TargetTypes,
  ) {}

  /**
   * Checks what is new of a target.
   *
   * @param before what it was; undefined: it is made
   * @throws {ProblemError} `insufficient-scope` where it opens a network without the right to, `validation-failed`
   */
  async check(
    client: Queries,
    { caller, resource }: { caller: Caller; resource: string },
    content: TargetContent,
    before?: TargetContent,
  ): Promise<void> {
    const { name, url, allowedNetworks, condition } = content;
    const isNew = (member: keyof TargetContent): boolean => content[member] !== before?.[member];
    const opened = allowedNetworks.filter((network) => !before?.allowedNetworks.includes(network));
    if (opened.length > 0 && !isPlatform(caller)) throw insufficientScope(platformScope);
    const errors: MemberProblem[] = [];
    if (isNew('name') && configuredNames.some((reserved) => reserved === name))
      errors.push({
        pointer: '/name',
        detail: `Must be another name: ${name} is what the service itself uses.`,
      });
    if (isNew('url') || isNew('allowedNetworks')) {
      const { production } = this.settings;
      const detail = checkReceiverUrl(url, { allowedNetworks, types: this.types, production });
      if (detail !== undefined) errors.push({ pointer: '/url', detail });
    }
    if (isNew('condition') && condition) errors.push(...(await unknownMembers(client, resource, condition)));
    if (errors.length > 0) throw validationFailed(errors);
  }
}

/** Members of a condition that no document of the resource has, or that are no single value. */
async function unknownMembers(
  client: Queries,
  resource: string,
  condition: Condition,
): Promise<MemberProblem[]> {
  const { rows } = await client.query<{ member: string; type: string }>(
    `SELECT c.member, c.type FROM hms.captured_tables t,
       jsonb_to_recordset(t.columns::jsonb) AS c(member text, type text) WHERE t.resource = $1`,
    [resource],
  );
  const own = rows.flatMap(({ member, type }) => (compound.test(type) ? [] : [member]));
  const known = [...commonMembers, ...own];
  return Object.keys(condition)
    .filter((member) => !known.includes(member))
    .map((member) => ({
      pointer: pointer('/condition', member),
      detail: `Must be a member of the record that has a single value: ${known.join(', ')}.`,
    }));
}
