/**
 * What feature modules use of the platform, beside the field decorators of `http/fields`; `docs/adding-a-module.md` shows it at work. The rest is the
 * platform's own.
 */
export { RequireScope } from './auth/require-scope.decorator.js';
export type { RequestContext } from './auth/request-context.js';
export { Context } from './auth/request-context.decorator.js';
export { Settings } from './config/settings.js';
export type { MoneyDto } from './http/fields/index.js';
export { pageOf } from './http/paging/page.dto.js';
export { ProblemError } from './http/problems/problem.error.js';
export { validationFailed } from './http/validation.js';
export type { ChangeCheck } from './records/capture/check-on-change.js';
export * from './records/capture/column-forms.js';
export * from './records/capture/record-table.js';
export { ChangeBody, PatchBody } from './records/change-body.decorator.js';
export { ChangesOf } from './records/changes-of.js';
export { documentOf } from './records/document-of.js';
export { InjectRecords } from './records/inject-records.decorator.js';
export * from './records/lists/list-filters.js';
export { listQueryOf } from './records/lists/list-query-of.js';
export type { ListRules } from './records/lists/list-rules.js';
export { NewRecordDto } from './records/new-record.dto.js';
export { ReadQueryDto } from './records/read-query.dto.js';
export type { RecordChange } from './records/record-change.js';
export type { RecordDocument, RecordPage } from './records/record-document.js';
export { ApiChangeRecord } from './records/record-operations.decorator.js';
export { Records } from './records/record-routes.decorator.js';
export type { OwnUpdate } from './records/record-statements.js';
export type { RecordStore, RunOwnUpdate } from './records/record-store.js';
export { RecordTable } from './records/record-table.decorator.js';
export { type RecordTarget, Target } from './records/record-target.decorator.js';
export { RecordsModule } from './records/records.module.js';
export type { FeatureModule, Resource } from './records/resource.js';
export { VersionedRecord } from './records/versioned-record.entity.js';
export { DeliveryError } from './sync/delivery/delivery-error.js';
export { ReceiverConnections } from './sync/network/receiver-connections.js';
export type { Payload } from './sync/payload.js';
export type { Delivery, TargetType, TypeAnswer } from './sync/target-types/target-type.js';
