import { TextField } from '../http/fields/index.js';
import type { ChangeOrigin } from './change-origin.js';

/** Who is behind a change or a security event. */
export abstract class ChangeOriginDto implements ChangeOrigin {
  @TextField({
    description: 'What the actor is: person, service or agent.',
    nullable: true,
    example: 'person',
  })
  kind: string | null;

  @TextField({ description: 'The client program.', nullable: true, example: 'case-portal' })
  client: string | null;

  @TextField({ description: 'On whose behalf it was done.', nullable: true, example: null })
  onBehalfOf: string | null;

  @TextField({
    description: 'Id of the request.',
    nullable: true,
    example: '3c9858d2-c018-4114-8942-2600d9b0001c',
  })
  requestId: string | null;

  @TextField({
    description: 'Why: the Change-Reason of a change, the cause of a refusal, the filters of an export.',
    nullable: true,
    example: 'annual review',
  })
  reason: string | null;
}
