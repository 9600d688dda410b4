import { ApiProperty, OmitType } from '@nestjs/swagger';
import { documented } from '../../../http/fields/field.js';
import {
  BooleanField,
  ChoiceField,
  Complete,
  IntegerField,
  TextField,
  TimestampField,
} from '../../../http/fields/index.js';
import { type SignatureScheme, signatureSchemes } from '../target-secret.js';
import { TargetMembersDto } from './create-target.dto.js';

/** A secret or key pair that signs, without what must stay secret. */
export class SigningKeyDto {
  @IntegerField({ description: 'Number of the secret.', example: 12 })
  id: number;

  @ChoiceField(signatureSchemes, { description: 'How it signs.', example: 'v1a' })
  scheme: SignatureScheme;

  @TextField({
    description: 'For v1a, the public key: whpk_ and the base64 of its 32 bytes.',
    nullable: true,
    example: 'whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
  })
  publicKey: string | null;

  @TimestampField({ description: 'When it was made.' })
  createdAt: string;

  @TimestampField({
    description: 'Until when it signs beside its successor; null: without end.',
    nullable: true,
  })
  expiresAt: string | null;
}

/** A target as it is answered. */
export class TargetDto extends Complete(OmitType(TargetMembersDto, ['headers', 'allowedNetworks'])) {
  @IntegerField({ description: 'Number of the target; never given again.', example: 7 })
  id: number;

  @TextField({ description: 'The resource whose changes it gets.', example: 'policies' })
  resource: string;

  @TextField({
    description: 'Whose changes it gets; null: those of all agencies.',
    nullable: true,
    example: 'hhs',
  })
  agency: string | null;

  @ChoiceField(['api', 'environment', 'demo'], {
    description: 'Who says what it is: an administrator, SYNC_URL, or the service while it has no other.',
    example: 'api',
  })
  origin: 'api' | 'environment' | 'demo';

  @documented(
    { type: 'array', items: { type: 'string' } },
    { description: 'Names of the headers that are sent with every message.', example: ['authorization'] },
  )
  headerNames: string[];

  @documented(
    { type: 'array', items: { type: 'string' } },
    { description: 'Networks that are not public and in which it may be.', example: [] },
  )
  allowedNetworks: string[];

  @ApiProperty({ type: [SigningKeyDto], description: 'What signs its messages, the newest first.' })
  signingKeys: SigningKeyDto[];

  @BooleanField({ description: 'Whether nothing is sent to it; its changes are kept.', example: false })
  paused: boolean;

  @TimestampField({ description: 'Since when.', nullable: true, example: null })
  pausedAt: string | null;

  @TextField({ description: 'Why.', nullable: true, example: null })
  pausedReason: string | null;

  @BooleanField({
    description: 'Whether it was paused for so long that it gets everything anew when it is resumed.',
    example: false,
  })
  detached: boolean;

  @IntegerField({ description: 'Counts its changes; part of the entity tag.', example: 1 })
  revision: number;

  @TimestampField({ description: 'When it was made.' })
  createdAt: string;

  @TimestampField({ description: 'When it was last changed.' })
  updatedAt: string;
}

/** A target with the secret that was just made for it. */
export class TargetWithSecretDto extends TargetDto {
  @TextField({
    description:
      'The secret, for the receiver: shown in this answer and never again. null for v1a, and where it was yours.',
    nullable: true,
    example: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
  })
  secret: string | null;
}

/** The targets of a resource. */
export class TargetListDto {
  @ApiProperty({ type: [TargetDto], description: 'The targets, by agency and name.' })
  items: TargetDto[];
}
