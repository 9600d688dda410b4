import { Module } from '@nestjs/common';
import { DeadLetterActions } from './dead-letters/dead-letter-actions.js';
import { DeadLetterController } from './dead-letters/dead-letter.controller.js';
import { DeadLetterList } from './dead-letters/dead-letter-list.js';
import { SyncJobs } from './jobs/sync-jobs.js';
import { SyncJobsController } from './jobs/sync-jobs.controller.js';
import { OperatorActions } from './operator-actions.js';
import { AttemptList } from './status/attempt-list.js';
import { TargetStatusController } from './status/target-status.controller.js';
import { TargetStatusReader } from './status/target-status-reader.js';
import { SecretStore } from './targets/secret-store.js';
import { TargetAdministration } from './targets/target-administration.js';
import { TargetController } from './targets/target.controller.js';
import { TargetRules } from './targets/target-rules.js';
import { TargetTest } from './targets/target-test.js';
import { TargetTransactions } from './targets/target-transactions.js';
import { VisibleTargets } from './targets/visible-targets.js';

/** What administrators and external systems ask of sync over HTTP; a process that only delivers has none of it. */
@Module({
  controllers: [TargetController, TargetStatusController, DeadLetterController, SyncJobsController],
  providers: [
    OperatorActions,
    SecretStore,
    TargetRules,
    TargetTransactions,
    TargetAdministration,
    TargetTest,
    VisibleTargets,
    TargetStatusReader,
    AttemptList,
    DeadLetterList,
    DeadLetterActions,
    SyncJobs,
  ],
})
export class SyncAdministrationModule {}
