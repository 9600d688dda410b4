import { Injectable, type PipeTransform } from '@nestjs/common';
import { ProblemError } from '../../http/problems/problem.error.js';

/** Reads the number of a version in a path. A text that can be none is answered as a version that is not there. */
@Injectable()
export class VersionNumberPipe implements PipeTransform<string, number> {
  transform(text: string): number {
    const version = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
    if (version > 2_147_483_647) throw new ProblemError('not-found', 'No version has this number.');
    return version;
  }
}
