import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { RequestContext } from '../../auth/request-context.js';
import { Context } from '../../auth/request-context.decorator.js';
import { RequireScope } from '../../auth/require-scope.decorator.js';
import { CheckpointListDto, VerificationDto, VerifyQueryDto } from './integrity.dto.js';
import { IntegrityService } from './integrity.service.js';

@ApiTags('audit')
@Controller('audit')
export class IntegrityController {
  constructor(private readonly integrity: IntegrityService) {}

  @Get('verify')
  @RequireScope('audit:verify')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Verify what the logs hold of your agency',
    description:
      'Computes the hash of every version again, follows the chain of each record, and compares each record with ' +
      'its newest version. Repeat with nextCursor until it is null.',
  })
  @ApiOkResponse({ type: VerificationDto, description: 'What was checked, and what is wrong.' })
  async verify(
    @Context() { caller }: RequestContext,
    @Query() query: VerifyQueryDto,
  ): Promise<VerificationDto> {
    return VerificationDto.of(await this.integrity.verify(caller.agency, query));
  }

  @Get('checkpoints')
  @RequireScope('audit:read')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Read the last signed checkpoint of each log',
    description:
      'Keep what you read: a later log that does not hold the same entries can then be proved wrong.',
  })
  @ApiOkResponse({ type: CheckpointListDto, description: 'The checkpoints.' })
  async checkpoints(): Promise<CheckpointListDto> {
    return { items: await this.integrity.checkpoints() };
  }
}
