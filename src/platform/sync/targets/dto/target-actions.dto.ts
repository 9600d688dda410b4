import { BooleanField, ChoiceField, IntegerField, TextField } from '../../../http/fields/index.js';
import { type SignatureScheme, signatureSchemes } from '../target-secret.js';
import { secretForm } from './create-target.dto.js';

/** Why a target is paused. */
export class PauseTargetDto {
  @TextField({
    description: 'Why nothing is sent for the time being.',
    min: 1,
    max: 500,
    example: 'The receiver is moved to a new data centre until Monday.',
  })
  reason: string;
}

/** How the secret of a target is replaced. */
export class RotateSecretDto {
  @IntegerField({
    description: 'Seconds for which messages are signed with the old secret as well.',
    min: 0,
    max: 30 * 86_400,
    default: 86_400,
  })
  overlap?: number | null;

  @ChoiceField(signatureSchemes, {
    description: 'How the new secret signs; as the old one unless given.',
    optional: true,
    example: 'v1a',
  })
  scheme?: SignatureScheme | null;

  @TextField({
    description: 'A secret of your own for v1; made by the server if absent or null.',
    ...secretForm,
    optional: true,
  })
  secret?: string | null;
}

/** What came of a test message. */
export class TargetTestDto {
  @BooleanField({ description: 'Whether the target accepted it, with a 2xx.', example: true })
  delivered: boolean;

  @IntegerField({ description: 'Status of the answer; null: there was none.', nullable: true, example: 204 })
  status: number | null;

  @TextField({ description: 'Why it failed, in a few words.', nullable: true, example: null })
  error: string | null;

  @IntegerField({ description: 'Milliseconds until the answer.', example: 37 })
  duration: number;
}
