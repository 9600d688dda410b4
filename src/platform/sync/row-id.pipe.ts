import { Injectable, type PipeTransform } from '@nestjs/common';
import { ProblemError } from '../http/problems/problem.error.js';

/** Reads the id of a target or a job in a path. A text that can be none is answered as one that is not there. */
@Injectable()
export class RowIdPipe implements PipeTransform<string, number> {
  transform(text: string): number {
    const id = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
    if (id > 2_147_483_647) throw new ProblemError('not-found', 'Nothing has this id.');
    return id;
  }
}
