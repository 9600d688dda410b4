import { pemOf, readAuditKeys } from '../platform/audit/integrity/audit-key.js';
import { StartupError } from '../platform/config/startup.error.js';
import { auditSettings } from './audit-source.js';

// Prints the public keys whose checkpoints are accepted, the current one first: `npm run -s audit:public-key`.
try {
  process.stdout.write(readAuditKeys(auditSettings()).accepted.map(pemOf).join(''));
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
