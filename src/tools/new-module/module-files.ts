import { controllerTemplate } from './controller.template.js';
import { dtoTemplate } from './dto.template.js';
import { entityTemplate } from './entity.template.js';
import { migrationTemplate } from './migration.template.js';
import { migrationPath, type ModuleFile, type ModulePlan } from './module-plan.js';
import { moduleTemplate, resourceTemplate } from './resource.template.js';
import { serviceTemplate } from './service.template.js';
import { testTemplate } from './test.template.js';

/** The files of a new module, not yet formatted. */
export function moduleFiles(plan: ModulePlan): ModuleFile[] {
  const { singular, plural } = plan;
  const files = {
    [`${singular}.entity.ts`]: entityTemplate(plan),
    [`${singular}.dto.ts`]: dtoTemplate(plan),
    [`${singular}.service.ts`]: serviceTemplate(plan),
    [`${singular}.controller.ts`]: controllerTemplate(plan),
    [`${migrationPath(plan)}.ts`]: migrationTemplate(plan),
    [`${plural}.resource.ts`]: resourceTemplate(plan),
    [`${plural}.module.ts`]: moduleTemplate(plan),
    [`${plural}.spec.ts`]: testTemplate(plan),
  };
  return Object.entries(files).map(([name, text]) => ({ path: `src/${plural}/${name}`, text }));
}
