import { ApiExtraModels } from '@nestjs/swagger';
import {
  ChoiceField,
  CustomFieldsField,
  DateField,
  ExternalIdsField,
  NestedField,
  NestedListField,
  RecordIdField,
  TagsField,
  TextField,
  WholeObject,
} from '../../platform/http/fields/index.js';
import { type ProgramType, programTypes } from '../policy-parts.js';
import { policyLifeCycle } from '../policy.life-cycle.js';
import type { Parameters } from '../rules/parameter.js';
import type { Rule } from '../rules/rule.js';
import { ParameterDto } from './parameter.dto.js';
import { ContactDto, contactProblems } from './contact.dto.js';
import { JurisdictionDto } from './jurisdiction.dto.js';
import { LegalCitationDto } from './legal-citation.dto.js';
import { policyExample } from './policy.example.js';
import { ParametersField, RulesField } from './rules.field.js';

/** What a client sends to make a policy. */
@ApiExtraModels(ParameterDto)
export class CreatePolicyDto {
  @RecordIdField({
    description: 'Id of the policy; made by the server if absent or null.',
    example: '123',
    optional: true,
  })
  id?: string;

  @TextField({
    description: 'Code of the policy, unique among the living policies of the agency.',
    min: 2,
    max: 64,
    pattern: /^[A-Z0-9][A-Z0-9._-]{1,63}$/,
    patternMeans: 'upper-case letters, digits, and . _ - after the first',
    example: 'LIHEAP-HEAT-2026',
    optional: true,
  })
  code?: string | null;

  @TextField({
    description: 'What the policy is called.',
    min: 1,
    max: 200,
    example: 'Winter heating allowance',
  })
  title: string;

  @TextField({
    description: 'The policy in a sentence or two.',
    max: 500,
    example: 'Helps households with low incomes to pay for heating.',
    optional: true,
  })
  summary?: string | null;

  @TextField({
    description: 'What the policy grants, and to whom.',
    max: 20_000,
    example: 'Eligible for benefit through Dec 2025',
    optional: true,
  })
  description?: string | null;

  @ChoiceField(programTypes, {
    description: 'In what form the benefit comes.',
    example: 'subsidy',
    optional: true,
  })
  programType?: ProgramType | null;

  @NestedField(() => JurisdictionDto, {
    description: 'Whose law the policy is, and where it holds.',
    optional: true,
  })
  jurisdiction?: JurisdictionDto | null;

  @ChoiceField([policyLifeCycle.initial], {
    description: 'Every policy begins as a draft.',
    default: policyLifeCycle.initial,
  })
  status?: typeof policyLifeCycle.initial | null;

  @DateField({
    description: 'First day on which it is in force; null: no first day.',
    example: '2025-01-01',
    optional: true,
  })
  effectiveFrom?: string | null;

  @DateField({
    description: 'First day on which it is no longer in force; null: no such day.',
    example: '2026-01-01',
    optional: true,
  })
  effectiveTo?: string | null;

  @ParametersField({
    description: 'Quantities that change over time, by name; rules compare facts with them.',
    example: policyExample.parameters,
    default: {},
  })
  parameters?: Parameters | null;

  @RulesField({ description: 'Who is eligible.', example: policyExample.rules, optional: true })
  rules?: Rule | null;

  @NestedListField(() => LegalCitationDto, {
    description: 'The legal sources of the policy.',
    max: 50,
    default: [],
  })
  legalCitations?: LegalCitationDto[] | null;

  @NestedField(() => ContactDto, { description: 'Whom to ask about it.', optional: true })
  @WholeObject('contact', contactProblems)
  contact?: ContactDto | null;

  @RecordIdField({
    description: 'Id of the policy of the same agency that this one takes the place of.',
    example: '122',
    optional: true,
  })
  supersedes?: string | null;

  @TagsField({ description: 'Tags to find it by.', example: ['energy', 'winter'], default: [] })
  tags?: string[] | null;

  @ExternalIdsField({
    description: 'Its ids in other systems, by the name of the system.',
    example: { 'grants-gov': 'HHS-2026-ACF-0042' },
    default: {},
  })
  externalIds?: Record<string, string> | null;

  @CustomFieldsField({
    description: 'Members of the agency’s own making.',
    example: { costCenter: 'E-17' },
    default: {},
  })
  customFields?: Record<string, unknown> | null;
}
