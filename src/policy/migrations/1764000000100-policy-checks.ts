import type { ChangeCheck } from '../../platform/records/capture/check-on-change.js';
import {
  codeForm,
  contactHolds,
  customFieldsHold,
  externalIdsHold,
  isText,
  isTextOrNone,
  isWebAddressOrNone,
  noneLonger,
  noNestedArrays,
  onlyMembers,
  recordIdForm,
  tagsHold,
  textHolds,
} from '../../platform/records/capture/form-checks.js';
import { ruleChecks } from './1764000000100-rule-checks.js';

const citationsForm = `jsonb_typeof(NEW.legal_citations) = 'array' AND jsonb_array_length(NEW.legal_citations) <= 50
    AND ${noNestedArrays('NEW.legal_citations')}
    AND NOT jsonb_path_exists(NEW.legal_citations, 'lax $[*] ? (!(@.type() == "object"
      && ${onlyMembers('type', 'citation', 'title', 'url')} && ${isText('@.citation')} && ${isTextOrNone('@.title')}
      && (@.type == "statute" || @.type == "regulation" || @.type == "guidance" || @.type == "notice" || @.type == "other")
      && ${isWebAddressOrNone('@.url')}))')
    AND ${noneLonger('NEW.legal_citations', '$[*].citation', 200)} AND ${noneLonger('NEW.legal_citations', '$[*].title', 200)}
    AND ${noneLonger('NEW.legal_citations', '$[*].url', 500)}`;

/** The constraints of the table, by name. The DTOs hold requests to the same. */
export const policyChecks = {
  policies_id_form: { columns: ['id'], holds: textHolds('NEW.id', recordIdForm) },
  policies_code_form: { columns: ['code'], holds: textHolds('NEW.code', codeForm) },
  policies_title_length: { columns: ['title'], holds: 'char_length(NEW.title) BETWEEN 1 AND 200' },
  policies_summary_length: { columns: ['summary'], holds: 'char_length(NEW.summary) <= 500' },
  policies_description_length: { columns: ['description'], holds: 'char_length(NEW.description) <= 20000' },
  policies_program_type_known: {
    columns: ['program_type'],
    holds: `NEW.program_type IN ('cash', 'in_kind', 'tax_credit', 'subsidy', 'loan', 'service', 'insurance', 'other')`,
  },
  policies_status_known: {
    columns: ['status'],
    holds: `NEW.status IN ('draft', 'in_review', 'approved', 'published', 'suspended', 'retired')`,
  },
  policies_effective_from_years: {
    columns: ['effective_from'],
    holds: `NEW.effective_from BETWEEN '0001-01-01' AND '9999-12-31'`,
  },
  policies_effective_to_years: {
    columns: ['effective_to'],
    holds: `NEW.effective_to BETWEEN '0001-01-01' AND '9999-12-31'`,
  },
  policies_effective_order: {
    columns: ['effective_to', 'effective_from'],
    holds: 'NEW.effective_to > NEW.effective_from',
  },
  policies_supersedes_other: { columns: ['supersedes'], holds: 'NEW.supersedes <> NEW.id' },
  policies_jurisdiction_form: {
    columns: ['jurisdiction'],
    holds: `NEW.jurisdiction IS NULL OR coalesce(jsonb_typeof(NEW.jurisdiction) = 'object'
    AND NEW.jurisdiction - '{level,code}'::text[] = '{}'
    AND NEW.jurisdiction ->> 'level' IN ('federal', 'state', 'county', 'municipal', 'tribal', 'territory', 'other')
    AND jsonb_typeof(NEW.jurisdiction -> 'code') = 'string' AND ${textHolds(`NEW.jurisdiction ->> 'code'`, { expression: '^[A-Z0-9][A-Z0-9-]+$', most: 16 })}, false)`,
  },
  policies_contact_form: {
    columns: ['contact'],
    holds: contactHolds('contact'),
  },
  policies_legal_citations_form: { columns: ['legal_citations'], empty: `'[]'`, holds: citationsForm },
  policies_tags_form: { columns: ['tags'], empty: `'{}'`, holds: tagsHold('tags') },
  policies_external_ids_form: {
    columns: ['external_ids'],
    empty: `'{}'`,
    holds: externalIdsHold('external_ids'),
  },
  policies_custom_fields_form: {
    columns: ['custom_fields'],
    empty: `'{}'`,
    holds: customFieldsHold('custom_fields'),
  },
  ...ruleChecks,
} as const satisfies Record<string, ChangeCheck>;
