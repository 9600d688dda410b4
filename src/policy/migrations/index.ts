import { CreatePolicies1764000000100 } from './1764000000100-create-policies.js';

export const policyMigrations = [CreatePolicies1764000000100];
