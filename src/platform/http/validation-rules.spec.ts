import { getMetadataStorage, IsInt, IsString, Max, registerDecorator, validate } from 'class-validator';
import { keepValidationRules } from './validation-rules.js';

class Base {
  @IsString()
  name: unknown = 'x';
}

class Derived extends Base {
  @IsInt()
  @Max(5, { groups: ['small'] })
  count: unknown = 1;
}

const refusedMembers = async (object: object, options = {}): Promise<string[]> =>
  (await validate(object, options)).map(({ property }) => property);

beforeAll(keepValidationRules);

it('finds the rules of a class and of those that it extends, and finds them once', async () => {
  const wrong = Object.assign(new Derived(), { name: 1, count: 'many' });
  expect(await refusedMembers(wrong)).toEqual(['count', 'name']);
  const rules = () => getMetadataStorage().getTargetValidationMetadatas(Derived, '', false, false);
  expect(rules()).toBe(rules());
  expect(rules()).toHaveLength(3);
});

it('keeps apart what is asked for with other options', async () => {
  const large = Object.assign(new Derived(), { count: 9 });
  expect(await refusedMembers(large, { groups: ['small'] })).toEqual(['count']);
  expect(await refusedMembers(large, { strictGroups: true })).toEqual([]);
  expect(await refusedMembers(large)).toEqual(['count']);
});

it('finds rules that are declared after the class was validated', async () => {
  class Late {
    name = 'x';
  }
  expect(await refusedMembers(new Late(), { forbidUnknownValues: false })).toEqual([]);
  registerDecorator({ target: Late, propertyName: 'name', validator: { validate: () => false } });
  expect(await refusedMembers(new Late())).toEqual(['name']);
});
