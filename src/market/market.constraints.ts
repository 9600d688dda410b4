import type { MemberProblem } from '../platform/http/problems/problem.error.js';
import type { marketItemChecks } from './migrations/1764000000200-market-item-checks.js';

type Constraint = keyof typeof marketItemChecks | 'market_items_code';

/** What each constraint of the table means to a client. */
export const marketItemConstraints: Readonly<Record<Constraint, MemberProblem>> = {
  market_items_id_form: { pointer: '/id', detail: 'Must be an id.' },
  market_items_code_form: {
    pointer: '/code',
    detail: 'Must be 2 to 64 upper-case letters, digits, and . _ - after the first.',
  },
  market_items_code: {
    pointer: '/code',
    detail: 'Must not be the code of another item of the agency that is not deleted.',
  },
  market_items_name_length: { pointer: '/name', detail: 'Must be a text of 1 to 200 characters.' },
  market_items_summary_length: { pointer: '/summary', detail: 'Must be a text of 0 to 500 characters.' },
  market_items_description_length: {
    pointer: '/description',
    detail: 'Must be a text of 0 to 20000 characters.',
  },
  market_items_kind_known: { pointer: '/kind', detail: 'Must be a known kind.' },
  market_items_category_form: {
    pointer: '/category',
    detail: 'Must be 1 to 50 lower-case letters, digits and hyphens.',
  },
  market_items_provider_form: { pointer: '/provider', detail: 'Must have a name, and only texts.' },
  market_items_price_form: {
    pointer: '/price',
    detail:
      'Must be free or quote without amounts, fixed with amount and currency, or range with min, max and currency.',
  },
  market_items_price_order: { pointer: '/price/max', detail: 'Must not be less than min.' },
  market_items_price_validity: { pointer: '/price/validTo', detail: 'Must be a later day than validFrom.' },
  market_items_availability_form: {
    pointer: '/availability',
    detail: 'Must have a known status; days as YYYY-MM-DD; at most 100 service areas.',
  },
  market_items_availability_quantity: {
    pointer: '/availability/quantity',
    detail: 'Must be a whole number of at least 0.',
  },
  market_items_availability_order: { pointer: '/availability/to', detail: 'Must be a later day than from.' },
  market_items_policy_ids_form: { pointer: '/policyIds', detail: 'Must be a list of at most 50 ids.' },
  market_items_required_documents_form: {
    pointer: '/requiredDocuments',
    detail: 'Must be a list of at most 30 documents with a name.',
  },
  market_items_languages_form: {
    pointer: '/languages',
    detail: 'Must be a list of at most 20 BCP 47 tags, such as en or es-US.',
  },
  market_items_url_form: { pointer: '/url', detail: 'Must be an http or https address.' },
  market_items_status_known: { pointer: '/status', detail: 'Must be a known state.' },
  market_items_tags_form: { pointer: '/tags', detail: 'Must be a list of at most 30 tags.' },
  market_items_external_ids_form: { pointer: '/externalIds', detail: 'Must be at most 20 ids by system.' },
  market_items_custom_fields_form: {
    pointer: '/customFields',
    detail: 'Must be an object of at most 50 members, named with letters, digits, _ and -.',
  },
};
