import { ChoiceField, IntegerField, TextField } from '../../../http/fields/index.js';
import type { Condition, Target } from '../target.js';
import { type SignatureScheme, signatureSchemes } from '../target-secret.js';
import { ActionsField, ConditionField, HeadersField, NetworksField, SecondsField } from './target-fields.js';

/** An HMAC secret in the form of Standard Webhooks: the base64 of 24 to 64 bytes. */
export const secretForm = {
  pattern: /^whsec_(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  max: 94,
  patternMeans: 'whsec_ and the base64 of 24 to 64 random bytes',
} as const;

/** What a target is, as far as an administrator says it. */
export class TargetMembersDto {
  @TextField({
    description: 'What the target is called; unique among those of the resource and agency.',
    pattern: /^[a-z0-9][a-z0-9-]{0,62}$/,
    max: 63,
    patternMeans: 'lower-case letters, digits and hyphens, starting with a letter or a digit',
    example: 'case-system',
  })
  name: string;

  @TextField({
    description:
      'Where the changes are posted to. https outside development; no address of a private network unless ' +
      'allowedNetworks has it. Modules may serve other schemes, for what is not reached by HTTP.',
    min: 1,
    max: 2000,
    example: 'https://external.gov/api/policies/sync',
  })
  url: string;

  @ActionsField({
    description: 'What it is told of; null: everything.',
    example: ['created', 'updated', 'deleted'],
    optional: true,
  })
  actions?: string[] | null;

  @ConditionField({
    description:
      'Which records it gets: members of the record, each with the values of which it must have one. Judged on ' +
      'the record before and after the change, so that leaving the filter is sent too. null: all records.',
    example: { status: ['published', 'suspended'] },
    optional: true,
  })
  condition?: Condition | null;

  @ChoiceField(['every', 'latest'], {
    description: 'every: each version of a record; latest: of those that wait, only the newest.',
    default: 'every',
  })
  mode?: Target['mode'] | null;

  @ChoiceField(['hold', 'skip'], {
    description:
      'What happens after a version that the target refuses for good: the record is held until an operator ' +
      'decides, or goes on with its next version.',
    default: 'hold',
  })
  afterDeadLetter?: Target['afterDeadLetter'] | null;

  @SecondsField({
    description: 'Seconds for one attempt, connection and answer included; null: SYNC_TIMEOUT.',
    min: 0.1,
    max: 30,
    example: 5,
    optional: true,
  })
  timeout?: number | null;

  @IntegerField({
    description: 'Requests under way at once, from each process; null: SYNC_CONCURRENCY.',
    min: 1,
    max: 256,
    example: 8,
    optional: true,
  })
  concurrency?: number | null;

  @HeadersField({
    description: 'Headers that are sent with every message. Their values are stored sealed and never shown.',
    example: { authorization: 'Bearer 6f1ed002ab5595859014ebf0951522d9' },
    optional: true,
  })
  headers?: Record<string, string> | null;

  @NetworksField({
    description:
      'Networks that are not public and in which the target may be, as CIDR blocks. Needs the scope platform:sync.',
    example: ['10.1.0.0/16'],
    optional: true,
  })
  allowedNetworks?: string[] | null;
}

/** What a client sends to make a target. */
export class CreateTargetDto extends TargetMembersDto {
  @TextField({
    description:
      'Whose changes it gets: your agency’s unless given. Another agency, or null for all agencies, needs the ' +
      'scope platform:sync.',
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
    patternMeans: 'letters, digits, - and _, starting with a letter or a digit',
    max: 63,
    example: 'hhs',
    optional: true,
  })
  agency?: string | null;

  @ChoiceField(signatureSchemes, {
    description:
      'How messages are signed: v1 with a shared secret (HMAC-SHA256), v1a with a key pair (Ed25519).',
    default: 'v1',
  })
  scheme?: SignatureScheme | null;

  @TextField({
    description: 'A secret of your own for v1; made by the server if absent or null.',
    ...secretForm,
    optional: true,
  })
  secret?: string | null;
}
