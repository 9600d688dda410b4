import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { networkProblem } from '../../../network/allowed-networks.js';
import { withoutNul } from '../../../http/fields/text.field.js';
import { field, type FieldOptions, type FieldRule } from '../../../http/fields/field.js';

/** What may happen to a record. */
export const changeActions = ['created', 'updated', 'deleted', 'restored'] as const;

const maxValues = 50;
const maxHeaders = 20;
/** Characters of all extra headers together, names included. */
const headersSize = 8_192;
const maxNetworks = 20;
const maxText = 500;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A number of seconds, to the millisecond. */
export function SecondsField(options: FieldOptions & { min: number; max: number }): PropertyDecorator {
  const { min, max } = options;
  return field(
    {
      name: 'seconds',
      isValid: (value) =>
        typeof value === 'number' && value >= min && value <= max && Number(value.toFixed(3)) === value,
      sentence: `Must be a number of seconds from ${min} to ${max}, with at most three digits after the point.`,
      schema: { type: 'number', minimum: min, maximum: max },
    },
    options,
  );
}

/** A list of different actions. */
export function ActionsField(options: FieldOptions): PropertyDecorator {
  const known = new Set<unknown>(changeActions);
  return field(
    {
      name: 'actions',
      isValid: (value) =>
        Array.isArray(value) &&
        value.length > 0 &&
        value.every((action) => known.has(action)) &&
        new Set(value).size === value.length,
      sentence: `Must be a list of different actions out of ${changeActions.join(', ')}.`,
      schema: {
        type: 'array',
        minItems: 1,
        maxItems: changeActions.length,
        uniqueItems: true,
        items: { type: 'string', enum: [...changeActions] },
      },
    },
    options,
  );
}

/** Members of a record, each with the values of which it must have one. Whether they exist is not looked at. */
export function ConditionField(options: FieldOptions): PropertyDecorator {
  return asSent(
    {
      name: 'condition',
      isValid: (value) =>
        isObject(value) && Object.keys(value).length > 0 && Object.values(value).every(isValues),
      sentence:
        `Must be an object whose members are members of the record, each a list of 1 to ${maxValues} texts ` +
        `of at most ${maxText} characters, numbers, booleans or null.`,
      schema: {
        type: 'object',
        minProperties: 1,
        additionalProperties: {
          type: 'array',
          minItems: 1,
          maxItems: maxValues,
          items: {
            type: ['string', 'number', 'boolean', 'null'] as never,
            maxLength: maxText,
            pattern: withoutNul,
          },
        },
      },
    },
    options,
  );
}

function isValues(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= maxValues &&
    value.every((one) =>
      typeof one === 'string'
        ? one.length <= maxText
        : one === null || typeof one === 'number' || typeof one === 'boolean',
    )
  );
}

/** Names of headers that the contract, or the transport, has for itself. */
const reserved =
  /^(webhook-.*|ce-.*|content-.*|hms-.*|host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|proxy-.*|traceparent|tracestate|user-agent)$/;

/** Names and values of further headers. */
export function HeadersField(options: FieldOptions): PropertyDecorator {
  return asSent(
    {
      name: 'headers',
      isValid: isHeaders,
      sentence:
        `Must be an object of at most ${maxHeaders} headers with ${headersSize} characters in all: names of letters, ` +
        'digits and hyphens, none of webhook-*, ce-*, content-*, hms-*, traceparent, tracestate, user-agent and those ' +
        'of the connection; values of printable ASCII characters.',
      schema: {
        type: 'object',
        maxProperties: maxHeaders,
        additionalProperties: {
          type: 'string',
          minLength: 1,
          maxLength: headersSize,
          pattern: headerValue.source,
        },
      },
    },
    options,
  );
}

const headerValue = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

function isHeaders(value: unknown): boolean {
  if (!isObject(value)) return false;
  const headers = Object.entries(value);
  const names = headers.map(([name]) => name.toLowerCase());
  return (
    headers.length <= maxHeaders &&
    new Set(names).size === names.length &&
    names.every((name) => /^[a-z0-9-]{1,100}$/.test(name) && !reserved.test(name)) &&
    headers.every(([, text]) => typeof text === 'string' && headerValue.test(text)) &&
    headers.reduce((size, [name, text]) => size + name.length + String(text).length, 0) <= headersSize
  );
}

/** The characters of CIDR blocks; which of them are networks only a parser tells. */
const networkText = { type: 'string', pattern: '^[0-9A-Fa-f.:/]+$', maxLength: 49 };

/** A list of networks, as CIDR blocks or single addresses. */
export function NetworksField(options: FieldOptions): PropertyDecorator {
  return field(
    {
      name: 'networks',
      isValid: (value) => Array.isArray(value) && value.length <= maxNetworks && value.every(isNetwork),
      sentence: `Must be a list of at most ${maxNetworks} networks such as 10.1.0.0/16 or fd12::/48, each named by its first address, none of them link-local or multicast.`,
      schema: { type: 'array', maxItems: maxNetworks, items: networkText },
    },
    options,
  );
}

function isNetwork(value: unknown): boolean {
  return typeof value === 'string' && networkProblem(value) === undefined;
}

/** class-transformer's copy drops members named like a method of Object, such as "toString". */
function asSent(rule: FieldRule, options: FieldOptions): PropertyDecorator {
  return applyDecorators(
    field(rule, options),
    Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => obj[key]),
  );
}
