import { describeAuditExport } from '../support/describe-audit-export.js';
import { soakSize } from '../support/soak-size.js';

describeAuditExport(soakSize('SOAK_AUDIT_ENTRIES', 200_000));
