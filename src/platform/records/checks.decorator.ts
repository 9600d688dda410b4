import { Check } from 'typeorm';

/** Names the CHECK constraints that the migrations gave a table, on its entity. */
export const Checks =
  (checks: Readonly<Record<string, string>>): ClassDecorator =>
  (entity) => {
    for (const [name, expression] of Object.entries(checks)) Check(name, expression)(entity);
  };
