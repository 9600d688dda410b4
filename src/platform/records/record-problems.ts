import { ProblemError } from '../http/problems/problem.error.js';
import { withArticle } from './with-article.js';
import type { Resource } from './resource.js';

/** What requests for the records of one resource are refused with, in the client's words. */
export class RecordProblems {
  constructor(private readonly resource: Pick<Resource, 'type' | 'path'>) {}

  notFound(id: string): ProblemError {
    return new ProblemError('not-found', `There is no ${this.resource.type} with the id ${id}.`);
  }

  versionNotFound(id: string, version: number): ProblemError {
    return new ProblemError(
      'not-found',
      `There is no version ${version} of a ${this.resource.type} with the id ${id}.`,
    );
  }

  versionRemoved(id: string, version: number, retention: number): ProblemError {
    return new ProblemError(
      'removed',
      `Version ${version} of the ${this.resource.type} with the id ${id} was removed under retention ${retention}.`,
    );
  }

  pastRemoved(id: string): ProblemError {
    return new ProblemError(
      'removed',
      `What the ${this.resource.type} with the id ${id} was at that instant was removed under a retention.`,
    );
  }

  /** Of a list, which would otherwise leave the record out as if it had not been there. */
  pastOfListRemoved(): ProblemError {
    return new ProblemError(
      'removed',
      `What some ${this.resource.type} of this page was at that instant was removed under a retention; ask for a later instant.`,
    );
  }

  alreadyExists(id: string): ProblemError {
    return new ProblemError(
      'already-exists',
      `${withArticle(this.resource.type)} with the id ${id} exists; change it with PUT.`,
    );
  }

  deleted(id: string): ProblemError {
    return new ProblemError(
      'deleted',
      `${withArticle(this.resource.type)} with the id ${id} was deleted; let it live again with POST ${this.resource.path}/${id}/restore, or choose another id.`,
    );
  }

  notDeleted(id: string): ProblemError {
    return new ProblemError('not-deleted', `The ${this.resource.type} with the id ${id} is not deleted.`);
  }

  alreadyIn(status: string): ProblemError {
    return new ProblemError('invalid-transition', `The ${this.resource.type} is ${status} already.`);
  }

  preconditionFailed(): ProblemError {
    return new ProblemError(
      'precondition-failed',
      `The ${this.resource.type} is at no version that the request accepts; read it again and apply the change to what it is now.`,
    );
  }

  reasonRequired(): ProblemError {
    return new ProblemError(
      'change-reason-required',
      `Say why a ${this.resource.type} is changed, in the header Change-Reason.`,
    );
  }
}
