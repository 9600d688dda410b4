import { type DynamicModule, Module } from '@nestjs/common';
import { MarketModule } from './market/market.module.js';
import { AuditModule } from './platform/audit/audit.module.js';
import { auditTables } from './platform/audit/audit-tables.js';
import { AuthModule } from './platform/auth/auth.module.js';
import type { Settings } from './platform/config/settings.js';
import { SettingsModule } from './platform/config/settings.module.js';
import type { DatabaseAddresses } from './platform/database/database-addresses.js';
import { DatabaseModule } from './platform/database/database.module.js';
import { OperationsModule } from './platform/operations/operations.module.js';
import { RecordsModule } from './platform/records/records.module.js';
import { contentsOf, requireKnownResources, syncedResourceOf } from './platform/records/resource-lists.js';
import type { FeatureModule, Resource } from './platform/records/resource.js';
import { SyncAdministrationModule } from './platform/sync/sync-administration.module.js';
import { SyncModule } from './platform/sync/sync.module.js';
import { PolicyModule } from './policy/policy.module.js';

/** The feature modules. To add one, name it here: nothing else outside its folder changes. */
export const features: readonly FeatureModule[] = [PolicyModule, MarketModule];

export const resourcesOf = (modules: readonly FeatureModule[]): Resource[] =>
  modules.flatMap((module) => module.resources);

/** Every resource of the service. */
export const resources = resourcesOf(features);

/** The scopes of every resource, for tokens of the development issuer. */
export const resourceScopes = resources.flatMap(({ name, scopes = [] }) => [
  `${name}:read`,
  `${name}:write`,
  ...scopes,
]);

/** What each database is to hold. */
export const databaseContents = contentsOf(resources, auditTables);

@Module({})
export class AppModule {
  static of(
    settings: Settings,
    addresses: DatabaseAddresses,
    modules: readonly FeatureModule[],
  ): DynamicModule {
    const own = resourcesOf(modules);
    const { policy, market } = contentsOf(own, auditTables);
    requireKnownResources('REQUIRE_CHANGE_REASON', settings.requireChangeReason, own);
    // What a process has that answers requests: a dispatcher has none of it.
    const apiModules = [
      RecordsModule.forRoot(own),
      SyncAdministrationModule,
      AuditModule.forRoot(own),
      ...modules,
    ];
    return {
      module: AppModule,
      imports: [
        SettingsModule.of(settings),
        DatabaseModule.of(addresses, { policy: policy.entities, market: market.entities }),
        AuthModule,
        SyncModule.forRoot(
          own.map(syncedResourceOf),
          modules.flatMap(({ targetTypes = [] }) => targetTypes),
        ),
        OperationsModule,
        ...(settings.role === 'dispatcher' ? [] : apiModules),
      ],
    };
  }
}
