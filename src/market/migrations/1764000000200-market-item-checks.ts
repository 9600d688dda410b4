import type { ChangeCheck } from '../../platform/records/capture/check-on-change.js';
import {
  codeForm,
  contactHolds,
  amountHolds,
  currencyHolds,
  customFieldsHold,
  externalIdsHold,
  isDayOrNone,
  isText,
  isTextOrNone,
  isWebAddressOrNone,
  noneLonger,
  noNestedArrays,
  onlyMembers,
  recordIdForm,
  tagsHold,
  textHolds,
  textListHolds,
  webAddressHolds,
  wordForm,
} from '../../platform/records/capture/form-checks.js';

const amount = (member: string): string => amountHolds('NEW.price', member);

/** JSON's null and an absent member mean the same. */
const none = (...members: string[]): string =>
  members.map((member) => `NEW.price ->> '${member}' IS NULL`).join(' AND ');

const priceForm = `NEW.price IS NULL OR coalesce(jsonb_typeof(NEW.price) = 'object'
    AND NEW.price - '{type,amount,min,max,currency,unit,validFrom,validTo}'::text[] = '{}'
    AND jsonb_path_exists(NEW.price, 'lax $ ? (${isTextOrNone('@.unit')} && ${isDayOrNone('@.validFrom')} && ${isDayOrNone('@.validTo')})')
    AND ${noneLonger('NEW.price', '$.unit', 50)}
    AND CASE NEW.price ->> 'type'
      WHEN 'free' THEN ${none('amount', 'min', 'max', 'currency')}
      WHEN 'quote' THEN ${none('amount', 'min', 'max', 'currency')}
      WHEN 'fixed' THEN ${amount('amount')} AND ${none('min', 'max')} AND ${currencyHolds('NEW.price')}
      WHEN 'range' THEN ${amount('min')} AND ${amount('max')} AND ${none('amount')} AND ${currencyHolds('NEW.price')}
      ELSE false END, false)`;

const availabilityForm = `coalesce(jsonb_typeof(NEW.availability) = 'object'
    AND NEW.availability - '{status,quantity,from,to,serviceAreas}'::text[] = '{}' AND ${noNestedArrays('NEW.availability')}
    AND NEW.availability ->> 'status' IN ('available', 'limited', 'preorder', 'unavailable', 'discontinued')
    AND jsonb_path_exists(NEW.availability, 'lax $ ? (${isDayOrNone('@.from')} && ${isDayOrNone('@.to')}
      && (!exists(@.serviceAreas ? (@ != null)) || @.serviceAreas.type() == "array" && @.serviceAreas.size() <= 100
        && !exists(@.serviceAreas[*] ? (!(@.type() == "string" && @ like_regex "^[A-Z0-9][A-Z0-9-]{1,15}$")))))'), false)`;

const availabilityQuantity = `CASE coalesce(jsonb_typeof(NEW.availability -> 'quantity'), 'null')
    WHEN 'null' THEN true
    WHEN 'number' THEN (NEW.availability ->> 'quantity')::numeric BETWEEN 0 AND 9007199254740991
      AND (NEW.availability ->> 'quantity')::numeric % 1 = 0
    ELSE false END`;

const documentsForm = `jsonb_typeof(NEW.required_documents) = 'array' AND jsonb_array_length(NEW.required_documents) <= 30
    AND ${noNestedArrays('NEW.required_documents')}
    AND NOT jsonb_path_exists(NEW.required_documents, 'lax $[*] ? (!(@.type() == "object"
      && ${onlyMembers('name', 'description', 'url')} && ${isText('@.name')}
      && (!exists(@.description ? (@ != null)) || @.description.type() == "string") && ${isWebAddressOrNone('@.url')}))')
    AND ${noneLonger('NEW.required_documents', '$[*].name', 200)} AND ${noneLonger('NEW.required_documents', '$[*].*', 500)}`;

/** The constraints of the table, by name. The DTOs hold requests to the same. */
export const marketItemChecks = {
  market_items_id_form: { columns: ['id'], holds: textHolds('NEW.id', recordIdForm) },
  market_items_code_form: { columns: ['code'], holds: textHolds('NEW.code', codeForm) },
  market_items_name_length: { columns: ['name'], holds: 'char_length(NEW.name) BETWEEN 1 AND 200' },
  market_items_summary_length: { columns: ['summary'], holds: 'char_length(NEW.summary) <= 500' },
  market_items_description_length: {
    columns: ['description'],
    holds: 'char_length(NEW.description) <= 20000',
  },
  market_items_kind_known: {
    columns: ['kind'],
    holds: `NEW.kind IN ('product', 'service', 'training', 'grant_opportunity', 'other')`,
  },
  market_items_category_form: { columns: ['category'], holds: textHolds('NEW.category', wordForm) },
  market_items_url_form: {
    columns: ['url'],
    holds: webAddressHolds('NEW.url'),
  },
  market_items_status_known: {
    columns: ['status'],
    holds: `NEW.status IN ('draft', 'listed', 'suspended', 'withdrawn')`,
  },
  market_items_provider_form: {
    columns: ['provider'],
    holds: `NEW.provider IS NULL OR coalesce(jsonb_typeof(NEW.provider -> 'name') = 'string'
    AND ${contactHolds('provider')}, false)`,
  },
  market_items_price_form: { columns: ['price'], holds: priceForm },
  market_items_price_order: {
    columns: ['price'],
    holds: `NEW.price ->> 'type' <> 'range' OR (NEW.price ->> 'min')::numeric <= (NEW.price ->> 'max')::numeric`,
  },
  market_items_price_validity: {
    columns: ['price'],
    holds: `NEW.price ->> 'validTo' COLLATE "C" > NEW.price ->> 'validFrom'`,
  },
  market_items_availability_form: {
    columns: ['availability'],
    empty: `'{"status": "available"}'`,
    holds: availabilityForm,
  },
  market_items_availability_quantity: { columns: ['availability'], holds: availabilityQuantity },
  market_items_availability_order: {
    columns: ['availability'],
    holds: `NEW.availability ->> 'to' COLLATE "C" > NEW.availability ->> 'from'`,
  },
  market_items_policy_ids_form: {
    columns: ['policy_ids'],
    empty: `'{}'`,
    holds: textListHolds('policy_ids', recordIdForm, 50),
  },
  market_items_required_documents_form: {
    columns: ['required_documents'],
    empty: `'[]'`,
    holds: documentsForm,
  },
  market_items_languages_form: {
    columns: ['languages'],
    empty: `'{}'`,
    holds: textListHolds(
      'languages',
      { expression: '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$', most: 12 },
      20,
    ),
  },
  market_items_tags_form: { columns: ['tags'], empty: `'{}'`, holds: tagsHold('tags') },
  market_items_external_ids_form: {
    columns: ['external_ids'],
    empty: `'{}'`,
    holds: externalIdsHold('external_ids'),
  },
  market_items_custom_fields_form: {
    columns: ['custom_fields'],
    empty: `'{}'`,
    holds: customFieldsHold('custom_fields'),
  },
} as const satisfies Record<string, ChangeCheck>;
