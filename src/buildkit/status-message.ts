import { codec } from './messages.ts';

/** google.rpc.Status */
export interface StatusMessage {
  code: number;
  message: string;
  details: { type_url: string; value: Uint8Array }[];
}

const statuses = codec<StatusMessage>('moby.buildkit.v1.Status');

/** For `grpc-status-details-bin`. */
export const statusBytes = (status: StatusMessage): Uint8Array => statuses.encode(status);

export const readStatus = (bytes: Uint8Array): StatusMessage => statuses.decode(bytes);
