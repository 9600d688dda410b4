import { ChoiceField, DateField, IntegerField, TextListField } from '../../platform/http/fields/index.js';
import type { MemberProblem } from '../../platform/http/problems/problem.error.js';
import { type Availability, type AvailabilityStatus, availabilityStatuses } from '../market-item-parts.js';

/** Whether, when and where an item can be had. */
export class AvailabilityDto implements Availability {
  @ChoiceField(availabilityStatuses, { description: 'Whether the item can be had.', example: 'available' })
  status: AvailabilityStatus;

  @IntegerField({
    description:
      'How many can be had; null where they are not counted. POST …/availability/adjust adds and takes.',
    min: 0,
    example: 40,
    optional: true,
  })
  quantity?: number | null;

  @DateField({ description: 'First day on which it can be had.', example: '2026-01-01', optional: true })
  from?: string | null;

  @DateField({
    description: 'First day on which it can no longer be had.',
    example: '2026-05-01',
    optional: true,
  })
  to?: string | null;

  @TextListField({
    description: 'Where it can be had: ISO 3166-2 or FIPS codes; null: everywhere.',
    max: 100,
    longest: 16,
    pattern: /^[A-Z0-9][A-Z0-9-]{1,15}$/,
    each: 'a code of 2 to 16 upper-case letters, digits and hyphens',
    example: ['US-CO', 'US-WY'],
    optional: true,
  })
  serviceAreas?: string[] | null;
}

export function availabilityProblems({ from, to }: Record<string, unknown>): readonly MemberProblem[] {
  return typeof from === 'string' && typeof to === 'string' && to <= from
    ? [{ pointer: '/to', detail: 'Must be a later day than from.' }]
    : [];
}
