import { article, type ModulePlan, names } from './module-plan.js';

export function controllerTemplate({ singular, plural, Class, Classes, database }: ModulePlan): string {
  const path = database === 'market' ? `market/${plural}` : plural;
  const [create, update, document, page, list] = [
    `Create${Class}Dto`,
    `Update${Class}Dto`,
    `${Class}Dto`,
    `${Class}PageDto`,
    `List${Classes}Dto`,
  ];
  const one = article(singular);
  return `import { Body, Controller, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ChangeBody, Context, PatchBody, ReadQueryDto, Records, Target } from '../platform/index.js';
import type { RecordChange, RecordTarget, RequestContext } from '../platform/index.js';
import { ${names(create, update, document, page, list)} } from './${singular}.dto.js';
import { ${Class}Service } from './${singular}.service.js';

@ApiTags('${plural}')
@Controller('${path}')
export class ${Class}Controller {
  constructor(private readonly ${plural}: ${Class}Service) {}

  @Records.List('${plural}:read', 'List ${plural}', ${page})
  list(@Context() context: RequestContext, @Query() query: ${list}) {
    return this.${plural}.list(context, query);
  }

  @Records.Create('${plural}:write', 'Make ${one}', ${document})
  create(@Context() context: RequestContext, @Body() ${singular}: ${create}) {
    return this.${plural}.create(context, ${singular});
  }

  @Records.Get('${plural}:read', 'Read ${one}', ${document})
  get(@Target() target: RecordTarget, @Query() query: ReadQueryDto) {
    return this.${plural}.get(target, query);
  }

  @Records.Update('${plural}:write', 'Change ${one}', ${update}, ${document})
  update(@Target() target: RecordTarget, @ChangeBody(${update}) change: RecordChange) {
    return this.${plural}.update(target, change);
  }

  @Records.Patch('${plural}:write', 'Change ${one} in part', ${update}, ${document})
  patch(@Target() target: RecordTarget, @PatchBody(${update}) change: RecordChange) {
    return this.${plural}.update(target, change);
  }

  @Records.Remove('${plural}:write', 'Delete ${one}')
  remove(@Target() target: RecordTarget) {
    return this.${plural}.remove(target);
  }
}
`;
}
