import { Controller, Get, Header, Param, type Type } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblem } from '../../http/openapi/api-problem.decorator.js';
import { problemExample } from '../../http/openapi/problem-schema.js';
import type { RequestContext } from '../../auth/request-context.js';
import { Context } from '../../auth/request-context.decorator.js';
import { RequireScope } from '../../auth/require-scope.decorator.js';
import { positiveInteger } from '../../http/openapi/parameter-schemas.js';
import { VersionNumberPipe } from '../../records/history/version-number.pipe.js';
import { ApiRecordId } from '../../records/record-operations.decorator.js';
import { RecordIdPipe } from '../../records/record-id.pipe.js';
import type { Resource } from '../../records/resource.js';
import { InclusionProofDto } from './integrity.dto.js';
import { IntegrityService } from './integrity.service.js';

/** The route of a resource's proofs; made anew for each, as that of its history. */
export function proofControllerOf({ name, type, path, entity, database }: Resource): Type {
  @ApiTags(name)
  @Controller(`${path}/:id/versions/:version/proof`)
  class ProofController {
    constructor(private readonly integrity: IntegrityService) {}

    @Get()
    @RequireScope('audit:read')
    @Header('Cache-Control', 'no-store')
    @ApiOperation({
      summary: `Prove what a ${type} said in a version`,
      operationId: `${type}.proveVersion`,
      description: 'docs/tamper-evidence.md says how the proof is verified without this service.',
    })
    @ApiParam({
      name: 'version',
      description: 'Number of the version.',
      schema: { ...positiveInteger, example: 2 },
    })
    @ApiRecordId
    @ApiOkResponse({ type: InclusionProofDto, description: 'The proof.' })
    @ApiProblem(409, 'No checkpoint is over the version yet.', [
      problemExample(
        'not-checkpointed',
        'No signed checkpoint is over this version yet; one is written soon.',
      ),
    ])
    @ApiResponse({ status: 410, description: 'The version has been removed under a retention rule.' })
    prove(
      @Context() { caller }: RequestContext,
      @Param('id', RecordIdPipe) id: string,
      @Param('version', VersionNumberPipe) version: number,
    ): Promise<InclusionProofDto> {
      return this.integrity.prove(database, { resource: name, agency: caller.agency, id, version });
    }
  }
  Object.defineProperty(ProofController, 'name', { value: `${entity.name}ProofController` });
  return ProofController;
}
