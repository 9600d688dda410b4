import type { Resource } from '../platform/records/resource.js';
import { CreatePolicyDto } from './dto/create-policy.dto.js';
import { PolicyDto } from './dto/policy.dto.js';
import { UpdatePolicyDto } from './dto/update-policy.dto.js';
import { policyMigrations } from './migrations/index.js';
import { policyConstraints } from './policy.constraints.js';
import { Policy } from './policy.entity.js';
import { policyLifeCycle } from './policy.life-cycle.js';
import { policyLists } from './policy.lists.js';

const today = `(now() AT TIME ZONE 'UTC')::date`;

/** Benefit policies: HMS-API, in PolicyDB. */
export const policyResource: Resource<Policy> = {
  name: 'policies',
  type: 'policy',
  description: 'Benefit policies.',
  path: 'policies',
  database: 'policy',
  entity: Policy,
  document: PolicyDto,
  bodies: { create: CreatePolicyDto, update: UpdatePolicyDto },
  migrations: policyMigrations,
  constraints: policyConstraints,
  lifeCycle: policyLifeCycle,
  lists: policyLists,
  references: [{ member: 'supersedes', resource: 'policies' }],
  // It depends on the day, so it is no part of the document: that would be another one tomorrow without a
  // change that made it so.
  computed: {
    name: 'In-Force',
    expression: `(p.status = 'published' AND coalesce(p.effective_from <= ${today}, true)
  AND coalesce(p.effective_to > ${today}, true))::text`,
  },
};
