import type { ChangeCheck } from '../../platform/records/capture/check-on-change.js';
import {
  isDay,
  isText,
  isTextOrNone,
  memberCount,
  noneLonger,
  noNestedArrays,
  onlyMembers,
} from '../../platform/records/capture/form-checks.js';

/** Numbers of rules and parameters: 11 digits before the point and 4 after it, which a double holds exactly. */
const isNumber = (path: string): string =>
  `exists(${path} ? (@.type() == "number" && @ > -100000000000 && @ < 100000000000 && (@ * 10000).floor() == @ * 10000))`;

/** Names of facts and parameters. How long they may be is looked at apart (`CheckedText`). */
const name = '"^[a-z][A-Za-z0-9]*$"';
const longestName = 64;

const branches = (kind: string): string =>
  `@.${kind}.type() == "array" && @.${kind}.size() >= 1 && @.${kind}.size() <= 50
      && !exists(@.${kind}[*] ? (@.type() != "object")) && ${onlyMembers(kind, 'label', 'citation')}`;

const orders = '(@.op == "lt" || @.op == "lte" || @.op == "gt" || @.op == "gte")';
const equalities = '(@.op == "eq" || @.op == "ne")';

const comparison = `@.fact.type() == "string" && @.fact like_regex ${name} && @.op.type() == "string"
      && ${onlyMembers('op', 'fact', 'value', 'param', 'label', 'citation')}
      && (@.param.type() == "string" && @.param like_regex ${name} && !exists(@.value) && (${orders} || ${equalities})
        || !exists(@.param) && (
          ${orders} && @.value.type() != "array" && (${isNumber('@.value')} || ${isDay('@.value')})
          || ${equalities} && @.value.type() != "array" && (${isNumber('@.value')} || ${isText('@.value')} || @.value.type() == "boolean")
          || (@.op == "in" || @.op == "not_in") && @.value.type() == "array" && @.value.size() >= 1 && @.value.size() <= 100
            && (!exists(@.value[*] ? (!(${isNumber('@')}))) || !exists(@.value[*] ? (!(${isText('@')}))))))`;

const isOptionalText = (path: string): string => `(!exists(${path}) || ${isText(path)})`;

/** All rules, those within others included, as one list: each is looked at once. */
const rules = `jsonb_path_query_array(NEW.rules, 'strict $.** ? (@.type() == "object")')`;

/** Every object within the rules is a rule of the grammar, as `rule-grammar.ts` has it. */
const rulesForm = `jsonb_typeof(NEW.rules) = 'object' AND ${noNestedArrays('NEW.rules')}
    AND NOT jsonb_path_exists(${rules}, 'lax $[*] ? (!(
      ${isOptionalText('@.label')} && ${isOptionalText('@.citation')} && (
      ${branches('all')}
      || ${branches('any')}
      || @.not.type() == "object" && ${onlyMembers('not', 'label', 'citation')}
      || ${comparison})))')
    AND ${noneLonger('NEW.rules', 'lax $.**.fact', longestName)} AND ${noneLonger('NEW.rules', 'lax $.**.param', longestName)}
    AND ${noneLonger('NEW.rules', 'strict $.**', 200, 'NEW.rules::text')}`;

const rulesBounds = `NOT jsonb_path_exists(NEW.rules, 'strict $.**{17}') AND jsonb_array_length(${rules}) <= 200`;

const rulesParameters = `NOT jsonb_path_exists(NEW.rules, 'lax $.**.param ? (@.type() != "string" || !(@ == $known[*]))',
      jsonb_build_object('known', jsonb_path_query_array(NEW.parameters, 'strict $.keyvalue().key')))`;

const factsOf = (condition: string): string =>
  `jsonb_path_query_array(${rules}, 'lax $[*] ? (${condition}).fact')`;

/** No fact is compared with values of two types. Most rules compare with numbers only, which is found out sooner. */
const rulesTypes = `NOT jsonb_path_exists(NEW.rules, 'lax $.**.value ? (@.type() != "number")') OR NOT jsonb_path_exists(jsonb_build_object(
      'n', ${factsOf('exists(@.param) || @.value[0].type() == "number"')},
      't', ${factsOf('@.value[0].type() == "string"')},
      'b', ${factsOf('@.value[0].type() == "boolean"')}),
    'lax $ ? (@.n[*] == @.t[*] || @.n[*] == @.b[*] || @.t[*] == @.b[*])')`;

const parametersForm = `jsonb_typeof(NEW.parameters) = 'object' AND ${noNestedArrays('NEW.parameters')}
    AND ${memberCount('NEW.parameters')} <= 50
    AND NOT jsonb_path_exists(NEW.parameters, 'lax $.keyvalue() ? (!(@.key like_regex ${name} && @.value.type() == "object")
      || exists(@.value ? (!(${onlyMembers('unit', 'label', 'values')} && ${isText('@.unit')} && ${isTextOrNone('@.label')}
        && @.values.type() == "array" && @.values.size() >= 1 && @.values.size() <= 200
        && !exists(@.values[*] ? (!(@.type() == "object" && ${onlyMembers('from', 'value', 'citation')}
          && ${isDay('@.from')} && exists(@.value) && (@.value == null || ${isNumber('@.value')})
          && ${isTextOrNone('@.citation')})))))))')
    AND ${noneLonger('NEW.parameters', 'strict $.keyvalue().key', longestName)}
    AND ${noneLonger('NEW.parameters', 'strict $.**', 200, 'NEW.parameters::text')} AND ${noneLonger('NEW.parameters', '$.*.unit', 50)}`;

const parametersOrder = `(SELECT coalesce(bool_and(later), true) FROM (
      SELECT v.entry ->> 'from' COLLATE "C" > lag(v.entry ->> 'from') OVER (PARTITION BY p.key ORDER BY v.place) AS later
      FROM jsonb_each(NEW.parameters) p, jsonb_array_elements(p.value -> 'values') WITH ORDINALITY v (entry, place)) s)`;

/** The constraints of rules and parameters. One that is looked at may rely on those before it. */
export const ruleChecks = {
  policies_parameters_form: { columns: ['parameters'], empty: `'{}'`, holds: parametersForm },
  policies_parameters_order: { columns: ['parameters'], empty: `'{}'`, holds: parametersOrder },
  policies_rules_bounds: { columns: ['rules'], holds: rulesBounds },
  policies_rules_form: { columns: ['rules'], holds: rulesForm },
  policies_rules_types: { columns: ['rules'], holds: rulesTypes },
  policies_rules_parameters: { columns: ['rules', 'parameters'], holds: rulesParameters },
} as const satisfies Record<string, ChangeCheck>;
