import {
  type ArgumentMetadata,
  type PipeTransform,
  type Type,
  ValidationPipe,
  type ValidationPipeOptions,
} from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError, type ValidatorOptions } from 'class-validator';
import { documentedMembers } from './fields/complete.js';
import { problemsWithin } from './fields/field.js';
import { pointer } from './json-pointer.js';
import { type MemberProblem, ProblemError } from './problems/problem.error.js';
import { keepValidationRules } from './validation-rules.js';

const maxErrors = 50;
/** What is wrong with a member that no DTO names. */
export const unknownMember = 'This member is not known here; leave it out.';

/**
 * The pipe that checks request bodies and query strings against their DTO classes. Bodies are refused
 * with `validation-failed` and a JSON Pointer for each wrong or unknown member; query parameters with
 * `invalid-parameter` or `unknown-parameter`. Nothing a client sends is dropped in silence.
 */
export function validationPipe(): PipeTransform<unknown, Promise<unknown>> {
  keepValidationRules();
  return new RequestValidationPipe();
}

class RequestValidationPipe implements PipeTransform<unknown, Promise<unknown>> {
  private readonly parameters = new ValidationPipe({
    ...strict,
    transform: true,
    exceptionFactory: parameterProblem,
  } satisfies ValidationPipeOptions);

  /** DTO classes whose parameters may all be left out: for no parameters at all there is nothing to check. */
  private readonly optional = new WeakSet<Type<unknown>>();

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'query' || metadata.type === 'param') return this.parametersOf(value, metadata);
    const { metatype } = metadata;
    if (metadata.type !== 'body' || !isDtoClass(metatype)) return value;
    return validBody(metatype, value);
  }

  private async parametersOf(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { metatype } = metadata;
    if (metatype === undefined || metatype === String) return value;
    // Nest's pipe deletes "__proto__" from the value itself.
    const sent: unknown = typeof value === 'object' ? { ...value } : value;
    const isEmpty = typeof sent === 'object' && sent !== null && Object.keys(sent).length === 0;
    if (isEmpty && this.optional.has(metatype)) return new metatype();
    const parameters: unknown = await this.parameters.transform(value, metadata);
    const [lost] = lostMembers(sent, parameters);
    if (lost) throw unknownParameter(lost.slice(1), knownParameters(metatype));
    if (isEmpty) this.optional.add(metatype);
    return parameters;
  }
}

const strict = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: false,
  stopAtFirstError: true,
  // Of its class an unknown parameter is told the known ones.
  validationError: { target: true },
} as const satisfies ValidatorOptions;

type DtoClass = Type<object>;

function isDtoClass(metatype: Type<unknown> | undefined): metatype is DtoClass {
  return metatype !== undefined && metatype !== Object && metatype !== Array && metatype !== String;
}

/** Nest's own pipe would first look for what JSON has not, or the parser has refused: gaps, binary values, prototypes. */
async function validBody(Class: DtoClass, value: unknown): Promise<object> {
  refuseOtherThanObject(value);
  const body = plainToInstance(Class, value);
  const errors = await validate(body, strict);
  if (errors.length > 0) throw bodyProblem(errors);
  const lost = lostMembers(value, body).map((where) => ({ pointer: where, detail: unknownMember }));
  if (lost.length > 0) throw validationFailed(lost);
  return body;
}

function refuseOtherThanObject(body: unknown): asserts body is object {
  if (body === undefined)
    throw new ProblemError(
      'malformed-request',
      'The request has no body; send a JSON object with application/json.',
    );
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw validationFailed([{ pointer: '', detail: 'Must be a JSON object.' }]);
}

/** Refuses a body, naming the members that are wrong. */
export function validationFailed(errors: MemberProblem[]): ProblemError {
  const count = errors.length === 1 ? 'One member is' : `${errors.length} members are`;
  return new ProblemError('validation-failed', `${count} not valid; see errors.`, { errors });
}

function bodyProblem(errors: ValidationError[]): ProblemError {
  return validationFailed(memberProblems(errors, '').slice(0, maxErrors));
}

function memberProblems(errors: ValidationError[], parent: string): MemberProblem[] {
  return errors.flatMap((error) => {
    const where = pointer(parent, error.property);
    if (!error.constraints) return memberProblems(error.children ?? [], where);
    const [rule = ''] = Object.keys(error.constraints);
    const within = error.value === undefined ? undefined : problemsWithin(rule, error.value);
    if (within) return within.map(({ pointer, detail }) => ({ pointer: where + pointer, detail }));
    return [{ pointer: where, detail: sentenceOf(error) }];
  });
}

function sentenceOf({ constraints = {}, value }: ValidationError): string {
  if (constraints['whitelistValidation']) return unknownMember;
  const sentence = Object.values(constraints)[0] ?? 'This value is not valid.';
  return value === undefined ? `This member is missing. ${sentence}` : sentence;
}

function parameterProblem(errors: ValidationError[]): ProblemError {
  const unknown = errors.find(({ constraints }) => constraints?.['whitelistValidation']);
  if (unknown) return unknownParameter(unknown.property, knownParameters(unknown.target?.constructor));
  const details = errors.map((error) => `${error.property}: ${sentenceOf(error)}`);
  return new ProblemError('invalid-parameter', details.join(' '));
}

/** The parameters that a DTO class names. */
function knownParameters(Class: { readonly prototype: unknown } | undefined): string[] {
  return Class ? documentedMembers(Class.prototype as object).map(([name]) => name) : [];
}

/**
 * Refuses a query parameter that no DTO names.
 *
 * @param known those that there are
 */
export function unknownParameter(name: string, known: readonly string[] = []): ProblemError {
  const remedy = known.length > 0 ? `use ${known.join(', ')}` : 'leave it out';
  return new ProblemError(
    'unknown-parameter',
    `The parameter ${JSON.stringify(name.slice(0, 100))} is not known here; ${remedy}.`,
  );
}

/**
 * Members of the request that are not in the object made of it. class-transformer leaves out those that
 * are named like a method of Object, such as "toString", before the rules for unknown members see them.
 */
function lostMembers(sent: unknown, made: unknown, parent = ''): string[] {
  if (sent === made || typeof sent !== 'object' || sent === null) return [];
  if (typeof made !== 'object' || made === null) return [];
  const lost: string[] = [];
  for (const [name, value] of Object.entries(sent)) {
    if (!Object.hasOwn(made, name)) lost.push(pointer(parent, name));
    else if (typeof value === 'object' && value !== null)
      lost.push(...lostMembers(value, (made as Record<string, unknown>)[name], pointer(parent, name)));
  }
  return lost;
}
