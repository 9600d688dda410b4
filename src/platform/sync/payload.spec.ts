import { dataOf, type KeptMembers, PayloadError } from './payload.js';

interface Grant extends KeptMembers {
  readonly title: string;
}

const document = '{"id":"1","agency":"hhs","version":2,"title":"Heating","size": 1.50,"deleted":false}';
const grants = (of: (grant: Grant) => object) => ({ name: 'grants', payload: { of } });

describe('the data of a message', () => {
  it('is the document as it is stored, unless the resource says otherwise', () => {
    expect(dataOf({ name: 'grants' }, document)).toBe(document);
  });

  it('has the members that receivers go by, whatever the resource makes of them', () => {
    const lying = grants((grant) => {
      Object.assign(grant, { agency: 'epa', version: 7 });
      return { name: grant.title, agency: 'epa', version: 1, deleted: undefined };
    });
    expect(JSON.parse(dataOf(lying, document))).toEqual({
      name: 'Heating',
      agency: 'hhs',
      version: 2,
      deleted: false,
    });
  });

  it.each<[string, (grant: Grant) => object, string]>([
    [
      'throws',
      ({ title }) => {
        throw new RangeError(`${title}\n    at ${title}`);
      },
      'RangeError',
    ],
    [
      'throws something else',
      ({ title }) => {
        // oxlint-disable-next-line no-throw-literal, only-throw-error
        throw title as unknown as Error;
      },
      'string',
    ],
    ['makes what is no JSON', () => ({ size: 1n }), 'TypeError'],
  ])('is an error without the content of the record where the mapping %s', (_, of, kind) => {
    let thrown: unknown;
    try {
      dataOf(grants(of), document);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(PayloadError);
    const { message, place } = thrown as PayloadError;
    expect(message).toBe(`the payload mapping of grants failed: ${kind}`);
    expect(place).not.toContain('Heating');
    expect(place === '').toBe(kind === 'string');
  });
});
