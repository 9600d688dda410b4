import type { PlatformTables } from '../../records/resource-lists.js';
import { CreateSecurityEvents1764000000010 } from './migrations/1764000000010-create-security-events.js';

/**
 * The table of security events. It is in both databases, so that what an administrator does to one of them is
 * written in the same transaction; what belongs to the service as a whole is in PolicyDB.
 *
 * The application's login may add rows and read them. Who wrote a row, and when, is not its to say.
 */
export const trailTables: PlatformTables = {
  databases: ['policy', 'market'],
  migrations: [CreateSecurityEvents1764000000010],
  grants: (role) => [
    `GRANT SELECT, INSERT (id, occurred_at, action, outcome, resource, record_id, agency, actor, context)
ON hms.security_events TO ${role}`,
  ],
};
