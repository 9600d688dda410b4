import type { Type } from '@nestjs/common';
import type { RequestContext } from '../../auth/request-context.js';
import { ChoiceField, TextField } from '../../http/fields/index.js';
import { changeReasonText } from '../../http/openapi/parameter-schemas.js';

/** What a client sends to bring a record into another state. */
export interface Transition<Status extends string> {
  readonly to: Status;
  readonly reason?: string | null;
}

/**
 * The class of the body of a transition.
 *
 * @param statuses of the life cycle
 * @param name of the OpenAPI schema, such as `PolicyTransitionDto`
 */
export function transitionOf<Status extends string>(
  statuses: readonly Status[],
  name: string,
): Type<Transition<Status>> {
  class TransitionDto implements Transition<Status> {
    @ChoiceField(statuses, { description: 'The state that the record is to have.', example: statuses[1] })
    to: Status;

    @TextField({
      description: 'Why; kept with the version, in place of the header Change-Reason.',
      max: 500,
      pattern: new RegExp(changeReasonText.pattern),
      patternMeans: 'no control characters',
      example: 'Reviewed against the rule of October',
      optional: true,
    })
    reason?: string | null;
  }
  Object.defineProperty(TransitionDto, 'name', { value: name });
  return TransitionDto;
}

/** The request with the reason that its body gives. */
export const withReason = (context: RequestContext, { reason }: Transition<string>): RequestContext =>
  reason ? { ...context, reason } : context;
