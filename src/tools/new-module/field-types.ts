/** What a type of field becomes in each file of a module. Texts are TypeScript unless said otherwise. */
export interface FieldType {
  /** Decorator of the DTO's member. */
  readonly decorator: string;
  /** Options of the decorator beside the description, such as `min: 1`. */
  readonly options?: string;
  /** The member's type. */
  readonly type: string;
  /** Options of TypeORM's `@Column`. */
  readonly column: string;
  /** The type of the column in PostgreSQL, as `format_type` spells it. */
  readonly sql: string;
  /** SQL that follows the type. */
  readonly collation?: string;
  /** The function or constant of `column-forms.ts`; undefined where the column's type says it all. */
  readonly form?: string;
  /** The function or constant of `list-filters.ts`; undefined where lists are not filtered by such a member. */
  readonly filter?: string;
  /** What the record has where a client gives none, as SQL and as TypeScript. */
  readonly fallback?: { readonly sql: string; readonly code: string };
  /** A value as JSON has it, and another one. */
  readonly examples: readonly [unknown, unknown];
}

type Arguments = readonly string[];

const plain = (type: FieldType) => (): FieldType => type;

/** The types of fields, each made from what stands in the parentheses after it. */
export const fieldTypes: Readonly<Record<string, (values: Arguments) => FieldType>> = {
  text: plain({
    decorator: 'TextField',
    options: 'min: 1, max: 200',
    type: 'string',
    column: `type: 'text', collation: 'C'`,
    sql: 'text',
    collation: 'COLLATE "C"',
    form: 'textForm(1, 200)',
    filter: 'beginning(200)',
    examples: ['Heating', 'Insulation'],
  }),
  longtext: plain({
    decorator: 'TextField',
    options: 'max: 20_000',
    type: 'string',
    column: `type: 'text'`,
    sql: 'text',
    form: 'textForm(0, 20_000)',
    examples: ['More about it.', 'All there is about it.'],
  }),
  integer: plain({
    decorator: 'IntegerField',
    options: 'min: 0, max: 1_000_000_000',
    type: 'number',
    column: `type: 'integer'`,
    sql: 'integer',
    form: 'integerForm(0, 1_000_000_000)',
    examples: [12, 15],
  }),
  decimal: plain({
    decorator: 'DecimalField',
    options: 'digits: 18, scale: 4',
    type: 'string',
    column: `type: 'numeric'`,
    sql: 'numeric',
    form: 'decimalForm(18, 4)',
    examples: ['12.50', '15.25'],
  }),
  money: plain({
    decorator: 'NestedField',
    type: 'MoneyDto',
    column: `type: 'jsonb'`,
    sql: 'jsonb',
    form: 'moneyForm',
    examples: [
      { amount: '149.90', currency: 'USD' },
      { amount: '200.00', currency: 'USD' },
    ],
  }),
  date: plain({
    decorator: 'DateField',
    type: 'string',
    column: `type: 'date'`,
    sql: 'date',
    form: 'dateForm',
    filter: 'day',
    examples: ['2099-12-31', '2100-06-30'],
  }),
  instant: plain({
    decorator: 'InstantField',
    type: 'string',
    column: `type: 'timestamptz'`,
    sql: 'timestamp with time zone',
    form: 'instantForm',
    filter: 'instant',
    examples: ['2099-12-31T12:00:00.000000Z', '2100-06-30T12:00:00.000000Z'],
  }),
  boolean: plain({
    decorator: 'BooleanField',
    type: 'boolean',
    column: `type: 'boolean'`,
    sql: 'boolean',
    examples: [true, false],
  }),
  tags: plain({
    decorator: 'TagsField',
    type: 'string[]',
    column: `type: 'text', array: true`,
    sql: 'text[]',
    form: 'tagsForm',
    filter: 'entry(50)',
    fallback: { sql: `'{}'`, code: '[]' },
    examples: [['energy'], ['energy', 'winter']],
  }),
  object: plain({
    decorator: 'CustomFieldsField',
    type: 'Record<string, unknown>',
    column: `type: 'jsonb'`,
    sql: 'jsonb',
    form: 'customFieldsForm',
    fallback: { sql: `'{}'`, code: '{}' },
    examples: [{ office: 'north' }, { office: 'south', floor: 2 }],
  }),
  choice: (values) => ({
    decorator: 'ChoiceField',
    type: values.map((value) => `'${value}'`).join(' | '),
    column: `type: 'text'`,
    sql: 'text',
    form: `choiceForm(${values.map((value) => `'${value}'`).join(', ')})`,
    filter: `choice([${values.map((value) => `'${value}'`).join(', ')}])`,
    examples: [values[0], values.at(-1)],
  }),
  id: () => ({
    decorator: 'RecordIdField',
    type: 'string',
    column: `type: 'text', collation: 'C'`,
    sql: 'text',
    collation: 'COLLATE "C"',
    form: 'idForm',
    filter: 'text(64)',
    examples: ['123', '124'],
  }),
  ids: ([resource]) => ({
    decorator: 'TextListField',
    options: `max: 50, longest: 64, pattern: recordIdPattern, each: 'an id of one of the ${resource}'`,
    type: 'string[]',
    column: `type: 'text', array: true`,
    sql: 'text[]',
    form: 'idsForm',
    filter: 'entryId',
    fallback: { sql: `'{}'`, code: '[]' },
    examples: [['123'], ['124']],
  }),
};
