import { kindOf, messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { httpStatus, type ErrorBody } from '../wire/status.ts';
import { type Answer, empty, json } from './call.ts';

/** The one place where what a handler threw becomes an answer. What is not the client's fault is logged here, and only here. */
export function errorAnswer(error: unknown, logger: Logger, request: string): Answer {
  const kind = kindOf(error);
  if (kind === 'internal') logger.error('request failed', { request, error });
  if (kind === 'not-modified') return empty(304);
  const body: ErrorBody = { message: messageOf(error) };
  return json(body, httpStatus[kind]);
}
