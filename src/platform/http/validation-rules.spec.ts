import { jest } from '@jest/globals';
import {
  getMetadataStorage,
  IsInt,
  IsString,
  Max,
  registerDecorator,
  validate,
  ValidateNested,
} from 'class-validator';
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
  const byMember = () => getMetadataStorage().groupByPropertyName(rules());
  expect(byMember()).toBe(byMember());
  expect(Object.keys(byMember())).toEqual(expect.arrayContaining(['name', 'count']));
});

it('finds the rules of an object within another once, too', async () => {
  class Outer {
    @ValidateNested({ each: true })
    inner: unknown[] = [];
  }
  const find = jest.spyOn(getMetadataStorage(), 'groupByPropertyName');
  const outer = (count: unknown) =>
    Object.assign(new Outer(), { inner: [new Derived(), Object.assign(new Derived(), { count })] });
  expect(await refusedMembers(outer(2))).toEqual([]);
  expect(await refusedMembers(outer('many'))).toEqual(['inner']);
  const inner = find.mock.calls
    .map(([rules]) => rules)
    .filter((rules) => rules.some(({ propertyName }) => propertyName === 'count'));
  expect(inner).toHaveLength(4);
  expect(new Set(inner).size).toBe(1);
  find.mockRestore();
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
