import { type ModulePlan, names } from './module-plan.js';

export function serviceTemplate({ singular, plural, Class, Classes }: ModulePlan): string {
  return `import { Injectable } from '@nestjs/common';
import { InjectRecords, type RecordStore } from '../platform/index.js';
import type { ReadQueryDto, RecordChange, RecordTarget, RequestContext } from '../platform/index.js';
import type { ${names(`Create${Class}Dto`, `List${Classes}Dto`)} } from './${singular}.dto.js';
import { ${Class} } from './${singular}.entity.js';

/** The ${plural} of the caller's agency. The rules that are only ${/^[aeiou]/.test(singular) ? 'an' : 'a'} ${singular}'s belong here. */
@Injectable()
export class ${Class}Service {
  constructor(@InjectRecords(${Class}) private readonly ${plural}: RecordStore<${Class}>) {}

  list(context: RequestContext, query: List${Classes}Dto) {
    return this.${plural}.list(context, query);
  }

  create(context: RequestContext, ${singular}: Create${Class}Dto) {
    return this.${plural}.create(context, ${singular});
  }

  get({ context, id }: RecordTarget, query: ReadQueryDto) {
    return this.${plural}.get(context, id, query);
  }

  update({ context, id, accepted }: RecordTarget, change: RecordChange) {
    return this.${plural}.update(context, id, change, accepted);
  }

  remove({ context, id, accepted }: RecordTarget) {
    return this.${plural}.remove(context, id, accepted);
  }
}
`;
}
