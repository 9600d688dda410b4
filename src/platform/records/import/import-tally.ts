import { ProblemError } from '../../http/problems/problem.error.js';
import type { WriteOutcome } from '../bulk/record-write.js';
import type { ImportSummaryDto, RefusedLineDto } from './import.dto.js';

/** Refused lines that a summary tells in full. */
const mostRefusals = 100;

/** Counts what becomes of the lines of an import. */
export class ImportTally {
  /** Every line up to this one is done: written, or refused. */
  lastLine = 0;
  private readonly counts = { created: 0, updated: 0, unchanged: 0, refused: 0 };
  private readonly byCode: Record<string, number> = {};
  private readonly refusals: RefusedLineDto[] = [];

  note(line: number, id: string | null, outcome: WriteOutcome): void {
    if (outcome instanceof ProblemError) return this.refuse(line, id, outcome);
    if (outcome.action === 'deleted') throw new Error('An import deletes nothing.');
    this.counts[outcome.action] += 1;
  }

  get summary(): ImportSummaryDto {
    const refusals = this.refusals.toSorted((one, other) => one.line - other.line);
    return { ...this.counts, refusedByCode: { ...this.byCode }, refusals };
  }

  private refuse(line: number, id: string | null, { code, message, extras }: ProblemError): void {
    this.counts.refused += 1;
    this.byCode[code] = (this.byCode[code] ?? 0) + 1;
    if (this.refusals.length < mostRefusals)
      this.refusals.push({ line, id, code, detail: message, errors: extras.errors ?? [] });
  }
}
