import { PartialType } from '@nestjs/swagger';
import { documentWithoutDefaults } from '../../../http/fields/index.js';
import { TargetMembersDto } from './create-target.dto.js';

/** What a client sends to change a target: any of its members. */
export class UpdateTargetDto extends PartialType(TargetMembersDto, { skipNullProperties: false }) {}

documentWithoutDefaults(UpdateTargetDto);
