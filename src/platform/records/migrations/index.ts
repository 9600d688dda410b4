import { CreateSyncCursors1764000000001 } from '../../sync/migrations/1764000000001-create-sync-cursors.js';
import { CreateChangeLog1764000000000 } from './1764000000000-create-change-log.js';
import { CreateRemovedChanges1764000000005 } from './1764000000005-create-removed-changes.js';
import { CreateSearch1764000000006 } from './1764000000006-create-search.js';
import { CreateIdempotencyKeys1764000000007 } from './1764000000007-create-idempotency-keys.js';
import { CreateFormChecks1764000000008 } from './1764000000008-create-form-checks.js';

/** The migrations that both databases have, before those of their resources. */
export const platformMigrations = [
  CreateChangeLog1764000000000,
  CreateSyncCursors1764000000001,
  CreateRemovedChanges1764000000005,
  CreateSearch1764000000006,
  CreateIdempotencyKeys1764000000007,
  CreateFormChecks1764000000008,
];
