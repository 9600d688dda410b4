import { ApiProperty } from '@nestjs/swagger';
import { databaseNames } from '../../config/settings.js';
import { ChoiceField, IntegerField, TextField } from '../../http/fields/index.js';
import type { Finding } from './finding.js';
import { inconsistencyKinds } from './inconsistency.js';
import type { LatestCheckpoint, Verification } from './integrity.service.js';
import type { InclusionProof } from './log-prover.js';

/** The parameters of a verification. */
export class VerifyQueryDto {
  @IntegerField({
    description: 'Most entries and records that one call checks.',
    min: 1,
    max: 10_000,
    default: 1000,
    fromText: true,
  })
  limit: number = 1000;

  @TextField({
    description: 'Where to go on: the nextCursor of the call before.',
    max: 300,
    optional: true,
  })
  cursor?: string;
}

const seqDescription = 'Number of the entry in the log.';

/** One thing that is wrong. */
export class FindingDto {
  @ChoiceField(inconsistencyKinds, { description: 'What kind of thing it is.', example: 'hash' })
  kind: string;

  @TextField({ description: 'What is wrong.', example: 'Its hash is not that of what is stored.' })
  detail: string;

  @TextField({ description: 'The resource that the entry is of.', example: 'policies' })
  resource: string;

  @TextField({ description: 'Id of the record.', example: '123' })
  id: string;

  @IntegerField({ description: 'Version of the record.', example: 2 })
  version: number;

  @TextField({ description: seqDescription, example: '4711' })
  seq: string;

  static of({ kind, detail, resource = '', id = '', version = 0, seq = '' }: Finding): FindingDto {
    return { kind, detail, resource, id, version, seq };
  }
}

/** How the log of one database stands to its last checkpoint. */
export class LogStateDto {
  @ChoiceField(databaseNames, { description: 'The database.', example: 'policy' })
  database: string;

  @ChoiceField(['consistent', 'inconsistent', 'unsigned'], {
    description: 'Whether the log holds what the last checkpoint was signed over.',
    example: 'consistent',
  })
  state: string;

  @IntegerField({ description: 'Entries that it was signed over.', nullable: true, example: 120 })
  size: number | null;

  @TextField({ description: 'When it was signed.', nullable: true, example: '2025-06-01T12:00:00.000Z' })
  time: string | null;

  @ChoiceField(inconsistencyKinds, { description: 'What is wrong.', nullable: true, example: null })
  kind: string | null;

  @TextField({ description: 'What is wrong, as a sentence.', nullable: true, example: null })
  detail: string | null;
}

/** What a part of a verification came to. */
export class VerificationDto {
  @IntegerField({ description: 'Entries and records that this call checked.', example: 120 })
  checked: number;

  @ApiProperty({ type: [FindingDto], description: 'What is wrong with them; empty where nothing is.' })
  findings: readonly FindingDto[];

  @ApiProperty({ type: [LogStateDto], description: 'The logs as a whole, of which these are a part.' })
  logs: readonly LogStateDto[];

  @TextField({ description: 'Where to go on; null when all was checked.', nullable: true, example: null })
  nextCursor: string | null;

  static of({ checked, findings, logs, nextCursor }: Verification): VerificationDto {
    return { checked, findings: findings.map((finding) => FindingDto.of(finding)), logs, nextCursor };
  }
}

const noteExample = `hms/policy/0f1e2d3c4b5a69788796a5b4c3d2e1f0
120
l2mWcWTZ0zPzp7Yz1fCVbGqzUuCBOAnCNFjW9pGOzHE=
last 1042 120
time 2025-06-01T12:00:00.000Z
previous -

— hms/policy/0f1e2d3c4b5a69788796a5b4c3d2e1f0 q83vEg==
`;

/** The last checkpoint of one database. */
export class CheckpointDto {
  @ChoiceField(databaseNames, { description: 'The database.', example: 'policy' })
  database: string;

  @TextField({
    description: 'The signed note (C2SP tlog-checkpoint); null where there is none yet.',
    nullable: true,
    example: noteExample,
  })
  checkpoint: string | null;

  @TextField({ description: 'The public key, in PEM form.', example: '-----BEGIN PUBLIC KEY-----\n…' })
  publicKey: string;

  @TextField({
    description: 'The public key as verifiers of C2SP notes take it.',
    nullable: true,
    example: 'hms/policy/0f1e2d3c4b5a69788796a5b4c3d2e1f0+abcdef12+AQ…',
  })
  verifierKey: string | null;
}

/** The last checkpoint of each database. */
export class CheckpointListDto {
  @ApiProperty({ type: [CheckpointDto], description: 'One for each database.' })
  items: readonly LatestCheckpoint[];
}

/** An entry of the log, with all that its hash is over. */
export class ChangeEntryDto {
  @TextField({ description: 'Transaction that wrote it.', example: '1042' })
  xid: string;

  @TextField({ description: seqDescription, example: '120' })
  seq: string;

  @TextField({ description: 'The resource.', example: 'policies' })
  resource: string;

  @TextField({ description: 'Agency of the record.', example: 'hhs' })
  agency: string;

  @TextField({ description: 'Id of the record.', example: '123' })
  id: string;

  @IntegerField({ description: 'Version of the record.', example: 2 })
  version: number;

  @TextField({ description: 'What was done.', example: 'updated' })
  action: string;

  @IntegerField({ description: 'Revision of the shape of the document.', example: 1 })
  schemaRevision: number;

  @TextField({ description: 'The document, as the text that was hashed.', example: '{"id":"123"}' })
  document: string;

  @TextField({ description: 'Who did it.', example: 'ada' })
  actor: string;

  @TextField({ description: 'Login of the database.', example: 'hms_app' })
  login: string;

  @TextField({ description: 'Circumstances, as the text that was hashed.', example: '{"actor":"ada"}' })
  context: string;

  @TextField({ description: 'When, in UTC.', example: '2025-06-01T11:59:31.123456Z' })
  changedAt: string;

  @TextField({ description: 'Hash of the version before, hexadecimal.', nullable: true, example: null })
  previousHash: string | null;

  @TextField({ description: 'Hash of the entry, hexadecimal.', example: 'c0ffee' })
  hash: string;
}

/** That a version is among the entries which a checkpoint was signed over. */
export class InclusionProofDto implements InclusionProof {
  @ApiProperty({ type: ChangeEntryDto, description: 'The entry of the version.' })
  entry: ChangeEntryDto;

  @IntegerField({ description: 'Place of the entry in the log, from 0.', example: 119 })
  leafIndex: number;

  @ApiProperty({
    type: [String],
    description: 'The audit path (RFC 9162 §2.1.3), from the leaf upwards; base64.',
    example: ['l2mWcWTZ0zPzp7Yz1fCVbGqzUuCBOAnCNFjW9pGOzHE='],
  })
  path: readonly string[];

  @TextField({ description: 'The note of the checkpoint (C2SP tlog-checkpoint).', example: noteExample })
  checkpoint: string;
}
