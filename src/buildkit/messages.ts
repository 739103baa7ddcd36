import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { messageOf } from '../lib/errors.ts';
import { GrpcError, GrpcStatus } from '../lib/grpc/status.ts';

const files = ['solver', 'files', 'control', 'gateway', 'session', 'content', 'health'];

/** Encodes and decodes messages of one kind. Absent members get their default values. */
export interface Codec<T> {
  encode(message: Partial<T>): Uint8Array;
  /** Throws for bytes that are no such message. */
  decode(bytes: Uint8Array): T;
}

/** All messages of the .proto files beside this one. */
const root = new protobuf.Root();
const directory = new URL('./proto/', import.meta.url);
for (const name of files)
  protobuf.parse(readFileSync(new URL(`${name}.proto`, directory), 'utf8'), root, { keepCase: true });
root.resolveAll();

/** @param name the full name, e.g. `moby.buildkit.v1.SolveRequest` */
export function codec<T extends object>(name: string): Codec<T> {
  const type = root.lookupType(name);
  return {
    encode: (message) => type.encode(type.fromObject(message)).finish(),
    decode: (bytes) =>
      type.toObject(decode(type, bytes), {
        longs: Number,
        bytes: Buffer as never,
        defaults: true,
        arrays: true,
        objects: true,
      }) as T,
  };
}

function decode(type: protobuf.Type, bytes: Uint8Array): protobuf.Message {
  try {
    return type.decode(bytes);
  } catch (error) {
    throw new GrpcError(
      GrpcStatus.invalidArgument,
      `cannot read a message (${type.name}): ${messageOf(error)}`,
    );
  }
}
