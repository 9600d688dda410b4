import { Body, type Type } from '@nestjs/common';
import { RecordChangePipe } from './record-change.js';
import { RecordPatchPipe } from './record-patch.pipe.js';

/** Gives a controller method the `RecordChange` of a PUT. @param dto the class of the members that may be written */
export const ChangeBody = (dto: Type): ParameterDecorator => Body(new RecordChangePipe(dto));

/** Gives a controller method the `RecordChange` of a PATCH. @param dto the class of the members that may be written */
export const PatchBody = (dto: Type): ParameterDecorator => Body(new RecordPatchPipe(dto));
