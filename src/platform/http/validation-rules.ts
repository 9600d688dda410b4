import { getMetadataStorage, type MetadataStorage } from 'class-validator';

type Rules = ReturnType<MetadataStorage['getTargetValidationMetadatas']>;
type RulesByMember = ReturnType<MetadataStorage['groupByPropertyName']>;

let areKept = false;

/**
 * Keeps the rules that class-validator has found for a class, and by which member they are. It looks through those of
 * all classes of the process for every object that it validates, each record of an import among them. Rules that are
 * declared later are found: with each, what is kept is forgotten.
 */
export function keepValidationRules(): void {
  if (areKept) return;
  areKept = true;
  const storage = getMetadataStorage();
  const find = storage.getTargetValidationMetadatas.bind(storage);
  const group = storage.groupByPropertyName.bind(storage);
  const add = storage.addValidationMetadata.bind(storage);
  const kept = new Map<unknown, Map<string, Rules>>();
  const grouped = new WeakMap<Rules, RulesByMember>();
  storage.getTargetValidationMetadatas = (target, schema, always, strictGroups, groups) => {
    if (groups?.length) return find(target, schema, always, strictGroups, groups);
    const ofClass = kept.get(target) ?? new Map<string, Rules>();
    // Of an object within another one, the name of the other one's class is given as the schema.
    const options = `${schema} ${always} ${strictGroups}`;
    const rules = ofClass.get(options) ?? find(target, schema, always, strictGroups, groups);
    kept.set(target, ofClass.set(options, rules));
    return rules;
  };
  storage.groupByPropertyName = (rules) => {
    const byMember = grouped.get(rules) ?? group(rules);
    grouped.set(rules, byMember);
    return byMember;
  };
  storage.addValidationMetadata = (metadata) => {
    kept.clear();
    add(metadata);
  };
}
