/**
 * The decorators of DTO members. Each says one rule once: it is enforced on requests and written in the
 * OpenAPI document.
 */
export { ChoiceField, choiceRule, CurrencyField, TagsField } from './choice.field.js';
export { CommaListField } from './comma-list.field.js';
export {
  Complete,
  type Completed,
  documentedMembers,
  documentWithoutDefaults,
  exampleOf,
} from './complete.js';
export { field, type FieldOptions, type FieldRule } from './field.js';
export { TextListField } from './list.field.js';
export { CustomFieldsField, ExternalIdsField, namesLike } from './map.field.js';
export { MoneyDto } from './money.dto.js';
export { BooleanField, DecimalField, IntegerField } from './number.field.js';
export {
  JsonObjectField,
  NestedField,
  NestedListField,
  StructureField,
  WholeObject,
} from './object.field.js';
export {
  RecordIdField,
  recordIdPattern,
  recordIdRule,
  RecordIdsField,
  TextField,
  textRule,
  WebAddressField,
  withoutNul,
} from './text.field.js';
export {
  DateField,
  dayRule,
  InstantField,
  instantRule,
  isCalendarDate,
  TimestampField,
} from './time.field.js';
