import { migrationClass, migrationPath, type ModulePlan, names } from './module-plan.js';

/** The resource and its module. */
export function resourceTemplate(plan: ModulePlan): string {
  const { singular, plural, Class, Classes, database, fields } = plan;
  const path = database === 'market' ? `market/${plural}` : plural;
  const references = fields
    .filter(({ kind }) => kind === 'id' || kind === 'ids')
    .map(({ member, values }) => `{ member: '${member}', resource: '${values[0]}' }`);
  return `import type { Resource } from '../platform/index.js';
import { ${names(`Create${Class}Dto`, `${Class}Dto`, `${singular}Lists`, `Update${Class}Dto`)} } from './${singular}.dto.js';
import { ${Class} } from './${singular}.entity.js';
import { ${migrationClass(plan)}, ${singular}Forms } from './${migrationPath(plan)}.js';

export const ${singular}Resource: Resource<${Class}> = {
  name: '${plural}',
  type: '${singular}',
  description: '${Classes}.',
  path: '${path}',
  database: '${database}',
  entity: ${Class},
  document: ${Class}Dto,
  bodies: { create: Create${Class}Dto, update: Update${Class}Dto },
  migrations: [${migrationClass(plan)}],
  constraints: ${singular}Forms.problems,
  lists: ${singular}Lists,
${references.length > 0 ? `  references: [${references.join(', ')}],\n` : ''}};
`;
}

export function moduleTemplate({ singular, plural, Class, Classes }: ModulePlan): string {
  return `import { Module } from '@nestjs/common';
import { RecordsModule } from '../platform/index.js';
import { ${Class}Controller } from './${singular}.controller.js';
import { ${Class}Service } from './${singular}.service.js';
import { ${singular}Resource } from './${plural}.resource.js';

@Module({
  imports: [RecordsModule.forFeature(${singular}Resource)],
  controllers: [${Class}Controller],
  providers: [${Class}Service],
})
export class ${Classes}Module {
  static readonly resources = [${singular}Resource];
}
`;
}
