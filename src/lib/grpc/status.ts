import { EngineError, isAbort, messageOf } from '../errors.ts';

/** Codes of gRPC, as far as we use them (grpc.io, "Status codes"). */
export const GrpcStatus = {
  ok: 0,
  canceled: 1,
  unknown: 2,
  invalidArgument: 3,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** A call that ended with a status other than 0. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: number;
  /** A serialized google.rpc.Status with details that clients understand. */
  readonly details: Uint8Array | undefined;

  constructor(code: number, message: string, details?: Uint8Array) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

const byKind: Readonly<Partial<Record<EngineError['kind'], number>>> = {
  invalid: GrpcStatus.invalidArgument,
  'not-found': GrpcStatus.notFound,
  conflict: GrpcStatus.failedPrecondition,
  forbidden: GrpcStatus.permissionDenied,
  unauthorized: GrpcStatus.unauthenticated,
  cancelled: GrpcStatus.canceled,
};

/** Any error as the status of a call. */
export function statusOf(error: unknown): { code: number; message: string; details?: Uint8Array } {
  if (error instanceof GrpcError)
    return { code: error.code, message: error.message, ...(error.details && { details: error.details }) };
  if (isAbort(error)) return { code: GrpcStatus.canceled, message: 'context canceled' };
  const code = error instanceof EngineError ? (byKind[error.kind] ?? GrpcStatus.unknown) : GrpcStatus.unknown;
  return { code, message: messageOf(error) };
}
