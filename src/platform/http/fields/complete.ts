import type { Type } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions, DECORATORS } from '@nestjs/swagger';

/** A type with every member there; one that was optional may be null. */
export type Completed<T> = {
  [K in keyof T]-?: object extends Pick<T, K> ? Exclude<T[K], undefined> | null : T[K];
};

/**
 * The class of a record as answers carry it: every member of `Base`, always present. A member that is
 * optional in `Base` is nullable here, unless it has a default. For documentation only: it holds no
 * validation rules.
 */
export function Complete<T extends object>(Base: Type<T>): Type<Completed<T>> {
  class CompleteType {}
  const prototype: object = Base.prototype as object;
  for (const [name, options] of documentedMembers(prototype))
    ApiProperty(completed(options))(CompleteType.prototype, name);
  return CompleteType as Type<Completed<T>>;
}

function completed({ default: fallback, ...options }: ApiPropertyOptions): ApiPropertyOptions {
  return fallback === undefined
    ? ({ ...options, required: true } as ApiPropertyOptions)
    : ({ ...options, required: true, nullable: false } as ApiPropertyOptions);
}

/** Takes the defaults out of the OpenAPI schema of a class, for bodies in which an absent member means something else. */
export function documentWithoutDefaults(Class: Type<object>): void {
  const prototype: object = Class.prototype as object;
  for (const [name, { default: _, ...options }] of documentedMembers(prototype))
    Reflect.defineMetadata(DECORATORS.API_MODEL_PROPERTIES, options, prototype, name);
}

/** The members that a body of this class must have, as its documentation gives an example of each. */
export function exampleOf(Class: Type<object>): Record<string, unknown> {
  const required = documentedMembers(Class.prototype as object).filter(([, options]) => options.required);
  return Object.fromEntries(
    required.map(([name, options]) => [name, (options as { example?: unknown }).example]),
  );
}

/** The members that are in the OpenAPI schema of a class. */
export function documentedMembers(prototype: object): [name: string, options: ApiPropertyOptions][] {
  const names = Reflect.getMetadata(DECORATORS.API_MODEL_PROPERTIES_ARRAY, prototype) as string[] | undefined;
  return (names ?? []).map((marked) => {
    const name = marked.slice(1);
    return [
      name,
      Reflect.getMetadata(DECORATORS.API_MODEL_PROPERTIES, prototype, name) as ApiPropertyOptions,
    ];
  });
}
