import { type DynamicModule, Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { AuditExport } from './audit-export.js';
import { AuditTrail } from './audit-trail.js';
import { type AuditedResource, auditedResources } from './audited-resource.js';
import { SecurityEventRecorder } from './security-event-recorder.js';

/** The audit trail: the security events are kept, and all entries can be read and exported. */
@Module({})
export class TrailModule {
  /** @param resources whose changes are in the logs, of both databases */
  static forRoot(resources: readonly AuditedResource[]): DynamicModule {
    return {
      module: TrailModule,
      controllers: [AuditController],
      providers: [
        { provide: auditedResources, useValue: resources },
        AuditTrail,
        AuditExport,
        SecurityEventRecorder,
      ],
    };
  }
}
