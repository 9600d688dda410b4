import type { MemberProblem } from '../platform/http/problems/problem.error.js';
import type { policyChecks } from './migrations/1764000000100-policy-checks.js';

type Constraint = keyof typeof policyChecks | 'policies_code' | 'policies_supersedes_known';

/** What each constraint of the table means to a client. */
export const policyConstraints: Readonly<Record<Constraint, MemberProblem>> = {
  policies_id_form: { pointer: '/id', detail: 'Must be an id.' },
  policies_code_form: {
    pointer: '/code',
    detail: 'Must be 2 to 64 upper-case letters, digits, and . _ - after the first.',
  },
  policies_code: {
    pointer: '/code',
    detail: 'Must not be the code of another policy of the agency that is not deleted.',
  },
  policies_title_length: { pointer: '/title', detail: 'Must be a text of 1 to 200 characters.' },
  policies_summary_length: { pointer: '/summary', detail: 'Must be a text of 0 to 500 characters.' },
  policies_description_length: {
    pointer: '/description',
    detail: 'Must be a text of 0 to 20000 characters.',
  },
  policies_program_type_known: { pointer: '/programType', detail: 'Must be a known type of programme.' },
  policies_jurisdiction_form: { pointer: '/jurisdiction', detail: 'Must have a known level and a code.' },
  policies_status_known: { pointer: '/status', detail: 'Must be a known state.' },
  policies_effective_order: { pointer: '/effectiveTo', detail: 'Must be a later day than effectiveFrom.' },
  policies_effective_from_years: { pointer: '/effectiveFrom', detail: 'Must be in the years 0001 to 9999.' },
  policies_effective_to_years: { pointer: '/effectiveTo', detail: 'Must be in the years 0001 to 9999.' },
  policies_parameters_form: { pointer: '/parameters', detail: 'Must be parameters with a unit and values.' },
  policies_parameters_order: {
    pointer: '/parameters',
    detail: 'Must have the values of each parameter by day, ascending.',
  },
  policies_rules_form: { pointer: '/rules', detail: 'Must be a rule of the documented grammar.' },
  policies_rules_bounds: { pointer: '/rules', detail: 'Must hold at most 200 rules, 16 steps deep.' },
  policies_rules_parameters: {
    pointer: '/rules',
    detail: 'Must name only parameters that are among the parameters of the policy.',
  },
  policies_rules_types: { pointer: '/rules', detail: 'Must compare each fact with values of one type.' },
  policies_legal_citations_form: {
    pointer: '/legalCitations',
    detail: 'Must be a list of at most 50 citations with a type and a citation.',
  },
  policies_contact_form: {
    pointer: '/contact',
    detail: 'Must have at least one of name, email, phone and url, as texts.',
  },
  policies_supersedes_known: { pointer: '/supersedes', detail: 'Must be the id of a policy of the agency.' },
  policies_supersedes_other: { pointer: '/supersedes', detail: 'Must be the id of another policy.' },
  policies_tags_form: { pointer: '/tags', detail: 'Must be a list of at most 30 tags.' },
  policies_external_ids_form: { pointer: '/externalIds', detail: 'Must be at most 20 ids by system.' },
  policies_custom_fields_form: {
    pointer: '/customFields',
    detail: 'Must be an object of at most 50 members, named with letters, digits, _ and -.',
  },
};
