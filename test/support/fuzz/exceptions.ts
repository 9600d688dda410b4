import fc from 'fast-check';
import { dates, type Exceptions } from './schema-values.js';

type Members = Record<string, unknown>;

/** Id of the policy, and of the item, that are there. */
export const known = 'known';

const mapped =
  (change: (members: Members) => Members): Exceptions[string] =>
  (values) =>
    values().map((value) => (typeof value === 'object' && value !== null ? change({ ...value }) : value));

/** Makes two days ascend; of two equal ones the second is left out. */
function ascending(members: Members, from: string, to: string): Members {
  const { [from]: first, [to]: second, ...rest } = members;
  if (typeof first !== 'string' || typeof second !== 'string') return members;
  if (first === second) return { ...rest, [from]: first };
  return { ...rest, [from]: first < second ? first : second, [to]: first < second ? second : first };
}

/** Members that an update takes only as they were read. */
const readOnly = ['id', 'agency', 'version', 'createdAt', 'updatedAt', 'deleted', 'status'];

function without(members: Members, names: readonly string[]): Members {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}

const policy = (members: Members): Members => {
  const named = ascending(members, 'effectiveFrom', 'effectiveTo');
  // A policy that is superseded must be there.
  if (typeof named['supersedes'] === 'string') named['supersedes'] = known;
  // Rules name parameters of the same policy.
  if (JSON.stringify(named['rules'] ?? null).includes('"param"'))
    named['parameters'] = {
      ...(named['parameters'] as Members | null),
      limit: { unit: 'USD', values: [{ from: '2025-01-01', value: 1 }] },
    };
  return named;
};

const item = (members: Members): Members =>
  Array.isArray(members['policyIds']) && members['policyIds'].length > 0
    ? { ...members, policyIds: [known] }
    : members;

/** Numbers of rules and parameters have at most 11 digits before the point and 4 after it. */
const decimals = fc.integer({ min: -1e12, max: 1e12 }).map((value) => value / 10_000);

const amounts: Readonly<Record<string, readonly string[]>> = {
  free: [],
  quote: [],
  fixed: ['amount', 'currency'],
  range: ['min', 'max', 'currency'],
};

/** Members by type of price: JSON Schema could say it only with a schema for each type. */
function price(members: Members): Members {
  const type = typeof members['type'] === 'string' ? members['type'] : 'fixed';
  const own = amounts[type] ?? [];
  const filled: Members = { amount: '1.00', min: '1.00', max: '2.0', currency: 'USD' };
  const rest = without(members, Object.keys(filled));
  const given = Object.fromEntries(
    own.map((name) => [name, name === 'amount' ? (members[name] ?? '1.00') : filled[name]]),
  );
  return ascending({ ...rest, type, ...given }, 'validFrom', 'validTo');
}

/** A comparison of a fact with values of the type that it has everywhere. */
const comparisons = fc.oneof(
  fc.record({
    fact: fc.constantFrom('income', 'size'),
    op: fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte'),
    value: decimals,
  }),
  fc.record({
    fact: fc.constant('income'),
    op: fc.constantFrom('in', 'not_in'),
    value: fc.array(decimals, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    fact: fc.constant('income'),
    op: fc.constantFrom('eq', 'lt', 'gte'),
    param: fc.constant('limit'),
  }),
  fc.record({
    fact: fc.constant('county'),
    op: fc.constantFrom('eq', 'ne'),
    value: fc.constantFrom('Adams', 'ß😀'),
  }),
  fc.record({ fact: fc.constant('veteran'), op: fc.constantFrom('eq', 'ne'), value: fc.boolean() }),
  fc.record({ fact: fc.constant('born'), op: fc.constantFrom('lt', 'gte'), value: dates }),
);

const rules = fc.letrec((tie) => ({
  rule: fc.oneof(
    { maxDepth: 3 },
    comparisons,
    fc.record({ all: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }) }),
    fc.record(
      { any: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }), label: fc.constant('One of these') },
      { requiredKeys: ['any'] },
    ),
    fc.record({ not: tie('rule') }),
  ),
})).rule;

/** A secret goes with v1 alone: with v1a the service makes the key pair itself. */
const withOneKey = (members: Members): Members =>
  members['scheme'] === 'v1' ? members : without(members, ['secret']);

/** A target where nothing listens, filtered by members that the record has. */
const target = (members: Members): Members => {
  const { timeout, headers, condition, allowedNetworks } = members;
  return {
    // The caller's agency.
    ...withOneKey(without(members, ['agency'])),
    url: 'http://127.0.0.1:9/sync',
    // In milliseconds: JSON Schema's multipleOf would be a matter of rounding.
    ...(typeof timeout === 'number' && { timeout: Number(timeout.toFixed(3)) }),
    // Not those that the service sends itself.
    ...(headers !== undefined && headers !== null && { headers: { 'x-fuzzed': 'yes' } }),
    ...(condition !== undefined && condition !== null && { condition: { status: ['draft', null] } }),
    ...(Array.isArray(allowedNetworks) && { allowedNetworks: ['10.1.0.0/16', 'fd00::/8'] }),
  };
};

/** The target that is there. */
const ofTarget = (members: Members): Members => ({ ...members, target: 1 });

/** What the schemas of request bodies cannot say, by schema, each with its reason above. */
export const exceptions: Exceptions = {
  CreatePolicy: mapped(policy),
  UpdatePolicy: mapped((members) => policy(without(members, readOnly))),
  CreateMarketItem: mapped(item),
  UpdateMarketItem: mapped((members) => item(without(members, readOnly))),
  // The merged record must be valid, so what a patch names is whole here: json-merge-patch has tests of its own.
  PolicyPatch: (_values, of) => of('UpdatePolicy'),
  MarketItemPatch: (_values, of) => of('UpdateMarketItem'),
  // A contact has at least one member.
  Contact: mapped((members) => ({ name: 'Energy desk', ...without(members, ['name']) })),
  // The values of a parameter ascend by day.
  Parameter: mapped((members) => ({ ...members, values: byDay(members['values'] as Members[]) })),
  ParameterValue: (values) =>
    fc.tuple(values(), fc.option(decimals)).map(([members, value]) => ({ ...(members as Members), value })),
  // The forms of a rule exclude each other, and a fact has one type throughout.
  Rule: () => rules,
  Price: mapped(price),
  Availability: mapped((members) => ascending(members, 'from', 'to')),
  CreateTarget: mapped(target),
  UpdateTarget: mapped(target),
  RotateSecret: mapped(withOneKey),
  RetryDeadLetters: mapped(ofTarget),
  SkipDeadLetters: mapped(ofTarget),
  // The agency is that of the target; it begins at an instant, or with a version of one record.
  Replay: mapped(({ since, sinceVersion, recordId }) => {
    if (typeof since !== 'string') return { sinceVersion: sinceVersion ?? 1, recordId: recordId ?? known };
    return { since, ...(recordId !== undefined && { recordId }) };
  }),
  // A version that is there.
  EvaluatePolicy: mapped((members) => (members['version'] ? { ...members, version: 1 } : members)),
};

function byDay(values: readonly Members[]): Members[] {
  const days = new Map(values.map((value) => [String(value['from']), value]));
  return [...days.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
