import { ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';
import type { ProblemBody } from '../problems/problem.js';
import { problemContent } from './error-responses.js';

/** Documents an error answer of one operation, in place of what all operations say of that status. */
export const ApiProblem = (
  status: number,
  description: string,
  examples: readonly ProblemBody[],
  headers: NonNullable<Extract<ApiResponseOptions, { headers?: unknown }>['headers']> = {},
): MethodDecorator => ApiResponse({ status, description, content: problemContent(examples), headers });
