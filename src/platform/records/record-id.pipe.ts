import { Injectable, type PipeTransform } from '@nestjs/common';
import { recordIdPattern } from '../http/fields/index.js';
import { ProblemError } from '../http/problems/problem.error.js';

/** Reads the id in a path. A text that can be no id is answered as a record that is not there. */
@Injectable()
export class RecordIdPipe implements PipeTransform<string, string> {
  transform(id: string): string {
    if (!recordIdPattern.test(id)) throw new ProblemError('not-found', 'No record has this id.');
    return id;
  }
}
