import { getMetadataStorage, type MetadataStorage } from 'class-validator';

type Rules = ReturnType<MetadataStorage['getTargetValidationMetadatas']>;

let areKept = false;

/**
 * Keeps the rules that class-validator has found for a class. It looks through those of all classes of the process
 * for every object that it validates, each record of an import among them. Rules that are
 * declared later are found: with each, what is kept is forgotten.
 */
export function keepValidationRules(): void {
  if (areKept) return;
  areKept = true;
  const storage = getMetadataStorage();
  const find = storage.getTargetValidationMetadatas.bind(storage);
  const add = storage.addValidationMetadata.bind(storage);
  const kept = new Map<unknown, Map<string, Rules>>();
  storage.getTargetValidationMetadatas = (target, schema, always, strictGroups, groups) => {
    if (schema || groups?.length) return find(target, schema, always, strictGroups, groups);
    const ofClass = kept.get(target) ?? new Map<string, Rules>();
    const options = `${always} ${strictGroups}`;
    const rules = ofClass.get(options) ?? find(target, schema, always, strictGroups, groups);
    kept.set(target, ofClass.set(options, rules));
    return rules;
  };
  storage.addValidationMetadata = (metadata) => {
    kept.clear();
    add(metadata);
  };
}
