import { Controller, Get, Header, Inject, Query, Req, Res, type Type } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblem } from '../../http/openapi/api-problem.decorator.js';
import { problemExample } from '../../http/openapi/problem-schema.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { insufficientScope } from '../../auth/refusals.js';
import type { RequestContext } from '../../auth/request-context.js';
import { Context } from '../../auth/request-context.decorator.js';
import { RequireScope } from '../../auth/require-scope.decorator.js';
import { isPlatform, platformScope } from '../../sync/platform-scope.js';
import type { ChangeFeed } from '../../sync/feed/change-feed.js';
import { feedToken, manifestToken } from '../inject-records.decorator.js';
import { linkHeader, nextPageLink } from '../../http/paging/page-link.js';
import type { Resource } from '../resource.js';
import { feedOf, FeedQueryDto, ManifestDto, ManifestQueryDto } from './feed.dto.js';
import type { Manifest } from './manifest.js';

/** The routes by which external systems read the changes of a resource, and compare what they hold. */
export function feedControllerOf({ name, type, entity, document, payload }: Resource): Type {
  @ApiTags(name)
  @Controller(`sync/${name}`)
  class FeedController {
    constructor(
      @Inject(feedToken(entity)) private readonly feed: ChangeFeed,
      @Inject(manifestToken(entity)) private readonly manifest: Manifest,
    ) {}

    @Get('changes')
    @RequireScope(`${name}:read`)
    @ApiOperation({
      summary: `Read the changes of ${name} in the order of their commits`,
      description:
        'For systems that cannot be reached. The feed has no end: nextCursor is always given. A page may be empty ' +
        'although there is more. An entry is given when nothing can come before it any more, so none is passed over.',
      operationId: `${type}.changes`,
    })
    @ApiOkResponse({
      type: feedOf(document as Type<object>, payload?.document ?? (document as Type<object>), type),
      description: 'A page of changes.',
    })
    @ApiProblem(410, 'The feed cannot be read on from this cursor.', [
      problemExample(
        'cursor-expired',
        'Entries after this cursor were removed before they were read. Compare with the manifest, and go on from cursor=now.',
      ),
    ])
    async changes(
      @Context() context: RequestContext,
      @Query() query: FeedQueryDto,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<string> {
      const { limit, cursor, wait } = query;
      const request = { agency: agencyOf(context, query.agency), limit, cursor };
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const page = await this.feed.waitForPage(request, wait * 1000, gone.signal);
      reply.header('Cache-Control', 'no-store').type('application/json; charset=utf-8');
      const place = JSON.stringify({ limit, nextCursor: page.nextCursor, more: page.more });
      return `{"items":[${page.items.join(',')}],"page":${place}}`;
    }

    @Get('manifest')
    @RequireScope(`${name}:read`)
    @Header('Cache-Control', 'no-store')
    @ApiOperation({
      summary: `List version and hash of all ${name}`,
      description:
        'For whoever holds copies, to compare them. Deleted records are in it. It is no snapshot: a record that is ' +
        'changed while the pages are read shows as it was when its page was.',
      operationId: `${type}.manifest`,
    })
    @ApiOkResponse({ type: ManifestDto, description: 'A page of the manifest.', headers: linkHeader })
    async list(
      @Context() context: RequestContext,
      @Query() query: ManifestQueryDto,
      @Req() request: FastifyRequest,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<ManifestDto> {
      const { limit, cursor } = query;
      const page = await this.manifest.page({ agency: agencyOf(context, query.agency), limit, cursor });
      const { nextCursor } = page.page;
      if (nextCursor !== null) reply.header('Link', nextPageLink(request, nextCursor));
      return page;
    }
  }
  Object.defineProperty(FeedController, 'name', { value: `${entity.name}FeedController` });
  return FeedController;
}

/** @returns undefined: all agencies. @throws {ProblemError} `insufficient-scope` */
function agencyOf({ caller }: RequestContext, wanted: string | undefined): string | undefined {
  if (isPlatform(caller)) return wanted;
  if ((wanted ?? caller.agency) !== caller.agency) throw insufficientScope(platformScope);
  return caller.agency;
}
