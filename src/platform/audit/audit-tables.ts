import type { PlatformTables } from '../records/resource-lists.js';
import { trailTables } from './trail/trail-tables.js';

/** The tables of the audit, beside the log of changes. */
export const auditTables: readonly PlatformTables[] = [trailTables];
