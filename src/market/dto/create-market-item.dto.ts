import {
  ChoiceField,
  CustomFieldsField,
  ExternalIdsField,
  NestedField,
  NestedListField,
  RecordIdField,
  recordIdPattern,
  TagsField,
  TextField,
  TextListField,
  WebAddressField,
  WholeObject,
} from '../../platform/http/fields/index.js';
import { type MarketItemKind, marketItemKinds } from '../market-item-parts.js';
import { marketItemLifeCycle } from '../market-item.life-cycle.js';
import { AvailabilityDto, availabilityProblems } from './availability.dto.js';
import { PriceDto, priceProblems } from './price.dto.js';
import { ProviderDto } from './provider.dto.js';
import { RequiredDocumentDto } from './required-document.dto.js';

/** What a client sends to make a marketplace item. */
export class CreateMarketItemDto {
  @RecordIdField({
    description: 'Id of the item; made by the server if absent or null.',
    example: '123',
    optional: true,
  })
  id?: string;

  @TextField({
    description: 'Code of the item, unique among the living items of the agency.',
    min: 2,
    max: 64,
    pattern: /^[A-Z0-9][A-Z0-9._-]{1,63}$/,
    patternMeans: 'upper-case letters, digits, and . _ - after the first',
    example: 'INSULATION-CHECK',
    optional: true,
  })
  code?: string | null;

  @TextField({ description: 'What the item is called.', min: 1, max: 200, example: 'Home insulation check' })
  name: string;

  @TextField({
    description: 'The item in a sentence or two.',
    max: 500,
    example: 'A visit, and a report of what can be saved.',
    optional: true,
  })
  summary?: string | null;

  @TextField({
    description: 'What the item is.',
    max: 20_000,
    example: 'An engineer checks the insulation of your home.',
    optional: true,
  })
  description?: string | null;

  @ChoiceField(marketItemKinds, {
    description: 'What kind of item it is.',
    example: 'service',
    optional: true,
  })
  kind?: MarketItemKind | null;

  @TextField({
    description: 'Category of the item.',
    min: 1,
    max: 50,
    pattern: /^[a-z0-9][a-z0-9-]*$/,
    patternMeans: 'lower-case letters, digits and hyphens',
    example: 'home-energy',
    optional: true,
  })
  category?: string | null;

  @NestedField(() => ProviderDto, { description: 'Who provides the item.', optional: true })
  provider?: ProviderDto | null;

  @NestedField(() => PriceDto, {
    description: 'What the item costs; null where no price is set.',
    example: { type: 'fixed', amount: '149.90', currency: 'USD', unit: 'per visit' },
    optional: true,
  })
  @WholeObject('price', priceProblems)
  price?: PriceDto | null;

  @NestedField(() => AvailabilityDto, {
    description: 'Whether, when and where the item can be had.',
    default: { status: 'available' },
  })
  @WholeObject('availability', availabilityProblems)
  availability?: AvailabilityDto | null;

  @TextListField({
    description: 'Ids of the policies of the agency that the item is offered under. They must be there.',
    max: 50,
    longest: 64,
    pattern: recordIdPattern,
    each: 'the id of a policy',
    example: ['123'],
    default: [],
  })
  policyIds?: string[] | null;

  @NestedListField(() => RequiredDocumentDto, {
    description: 'What somebody who wants it must show.',
    max: 30,
    default: [],
  })
  requiredDocuments?: RequiredDocumentDto[] | null;

  @TextListField({
    description: 'The languages that it is offered in, as BCP 47 tags of language, script and region.',
    max: 20,
    longest: 12,
    pattern: /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$/,
    each: 'a BCP 47 tag such as en, es-US or zh-Hant',
    example: ['en', 'es-US'],
    default: [],
  })
  languages?: string[] | null;

  @WebAddressField({
    description: 'Where there is more about it.',
    example: 'https://heating.example/check',
    optional: true,
  })
  url?: string | null;

  @ChoiceField([marketItemLifeCycle.initial], {
    description: 'Every item begins as a draft.',
    default: marketItemLifeCycle.initial,
  })
  status?: typeof marketItemLifeCycle.initial | null;

  @TagsField({ description: 'Tags to find it by.', example: ['energy', 'home'], default: [] })
  tags?: string[] | null;

  @ExternalIdsField({
    description: 'Its ids in other systems, by the name of the system.',
    example: { 'state-catalogue': 'CO-88120' },
    default: {},
  })
  externalIds?: Record<string, string> | null;

  @CustomFieldsField({
    description: 'Members of the agency’s own making.',
    example: { buildingTypes: ['house', 'apartment'] },
    default: {},
  })
  customFields?: Record<string, unknown> | null;
}
