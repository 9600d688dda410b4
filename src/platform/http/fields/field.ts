import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { IsOptional, ValidateBy, ValidateIf } from 'class-validator';
import type { MemberProblem } from '../problems/problem.error.js';

/** What every field decorator can be told. */
export interface FieldOptions {
  /** What the member means, for the API's documentation. */
  readonly description: string;
  readonly example?: unknown;
  /** The member may be absent or null; null clears it. */
  readonly optional?: boolean;
  /** The member must be there, but may be null. */
  readonly nullable?: boolean;
  /**
   * What the record gets when the member is absent or null. Makes the member optional. It is only
   * documented here: the table's column gives it.
   */
  readonly default?: unknown;
}

/** One rule for a member: how it is checked, what a breach is answered with, how it is documented. */
export interface FieldRule {
  /** Name of the rule, unique among field decorators. */
  readonly name: string;
  readonly isValid: (value: unknown) => boolean;
  /** What would be right, as a sentence starting with "Must be". */
  readonly sentence: string;
  readonly schema: ApiPropertyOptions;
  /**
   * What is wrong within a value that is not valid, with pointers from the member on. For values whose
   * structure no DTO class describes; it must have an answer whenever `isValid` says no.
   */
  readonly problemsWithin?: (value: unknown) => readonly MemberProblem[];
}

const rulesWithProblems = new Map<string, NonNullable<FieldRule['problemsWithin']>>();

/** What is wrong within a value that a rule refused; undefined where the rule has one sentence for all. */
export const problemsWithin = (rule: string, value: unknown): readonly MemberProblem[] | undefined =>
  rulesWithProblems.get(rule)?.(value);

/**
 * Makes the decorator of a DTO member from one rule, which is then both enforced on requests and written
 * in the OpenAPI schema.
 */
export function field(rule: FieldRule, options: FieldOptions): PropertyDecorator {
  const decorators = [documented(rule.schema, options), validated(rule)];
  if (isOptional(options)) decorators.push(IsOptional());
  else if (options.nullable) decorators.push(ValidateIf((_, value) => value !== null));
  return applyDecorators(...decorators);
}

/** The OpenAPI part of a field, for members that only appear in answers. */
export function documented(schema: ApiPropertyOptions, options: FieldOptions): PropertyDecorator {
  const optional = isOptional(options);
  // The options of ApiProperty are a union of shapes that a spread of two of them no longer fits.
  return ApiProperty({
    ...schema,
    description: options.description,
    required: !optional,
    ...(options.example !== undefined && { example: options.example }),
    ...(options.default !== undefined && { default: options.default }),
    ...((optional || options.nullable) && { nullable: true }),
  } as ApiPropertyOptions);
}

/** The checked part of a field, for a further rule of a member that has its field decorator. */
export function validated({
  name,
  isValid,
  sentence,
  problemsWithin,
}: Omit<FieldRule, 'schema'>): PropertyDecorator {
  if (problemsWithin) rulesWithProblems.set(name, problemsWithin);
  return ValidateBy({ name, validator: { validate: isValid, defaultMessage: () => sentence } });
}

function isOptional(options: FieldOptions): boolean {
  return options.optional === true || options.default !== undefined;
}
