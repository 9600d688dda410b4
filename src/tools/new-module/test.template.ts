import type { Field } from './field.js';
import type { ModulePlan } from './module-plan.js';

export function testTemplate({ singular, plural, fields }: ModulePlan): string {
  // What a reference names would have to be there.
  const own = fields.filter((field) => !isReference(field));
  return `import { describeResource } from '../../test/support/resource/describe-resource.js';
import { ${singular}Resource } from './${plural}.resource.js';

describeResource(${singular}Resource, {
  sample: { ${members(own.filter(isRequired), 0)} },
  full: { ${members(own, 0)} },
  change: { ${members(own.slice(0, 1), 1)} },
});
`;
}

const isRequired = ({ optional, fallback }: Field): boolean => !optional && !fallback;

const isReference = ({ kind }: Field): boolean => kind === 'id' || kind === 'ids';

const members = (some: readonly Field[], example: 0 | 1): string =>
  some.map(({ member, examples }) => `${member}: ${JSON.stringify(examples[example])}`).join(', ');
