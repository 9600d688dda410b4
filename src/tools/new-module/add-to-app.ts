import { StartupError } from '../../platform/config/startup.error.js';
import type { ModuleNames } from './module-names.js';

const featureList = /(const features: readonly FeatureModule\[\] = \[)([^\]]*)(\];)/;

/**
 * The text of `src/app.module.ts` with a further feature module.
 *
 * @throws {StartupError} where the list of features is not to be found
 */
export function withModule(
  text: string,
  { plural, Classes }: Pick<ModuleNames, 'plural' | 'Classes'>,
): string {
  const name = `${Classes}Module`;
  if (!featureList.test(text))
    throw new StartupError('src/app.module.ts has no list "features"; put it back as it was, and try again.');
  return text
    .replace(featureList, (_, start: string, list: string, end: string) => `${start}${list}, ${name}${end}`)
    .replace(
      "import { PolicyModule } from './policy/policy.module.js';\n",
      (line) => `import { ${name} } from './${plural}/${plural}.module.js';\n${line}`,
    );
}
