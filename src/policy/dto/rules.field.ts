import { type ApiPropertyOptions, getSchemaPath } from '@nestjs/swagger';
import { type FieldOptions, StructureField } from '../../platform/http/fields/index.js';
import { parameterProblems } from '../rules/parameter.js';
import { ruleProblems } from '../rules/rule-grammar.js';
import { ParameterDto } from './parameter.dto.js';
import { RuleDto } from './rule.dto.js';

/** The rules of eligibility of a policy. */
export const RulesField = (options: FieldOptions): PropertyDecorator =>
  StructureField('rules', ruleProblems, { type: () => RuleDto }, options);

/** The parameters of a policy, by name. */
export const ParametersField = (options: FieldOptions): PropertyDecorator =>
  StructureField(
    'parameters',
    parameterProblems,
    {
      type: 'object',
      maxProperties: 50,
      additionalProperties: { $ref: getSchemaPath(ParameterDto) },
    } satisfies ApiPropertyOptions,
    options,
  );
