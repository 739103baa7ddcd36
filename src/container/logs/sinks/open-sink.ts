import { existsSync } from 'node:fs';
import { internal, invalid, prefixed } from '../../../lib/errors.ts';
import { shortId } from '../../../lib/id.ts';
import type { ContainerRecord } from '../../container-record.ts';
import type { ContainerPaths } from '../../container-paths.ts';
import { compresses, logLimits } from '../log-config.ts';
import { fieldName, formatJournald } from './journald-format.ts';
import { JsonFileSink } from './json-file-sink.ts';
import { logAttributes } from './log-attributes.ts';
import { logTag } from './log-tag.ts';
import { MessageSink } from './message-sink.ts';
import { openDatagramLine, openNetworkLine, type PacketLine } from './packet-line.ts';
import { SinkPlace } from './sink-place.ts';
import { formatSyslog } from './syslog-format.ts';
import { checkSyslogOptions, type SyslogAddress } from './syslog-options.ts';
import type { LogSink } from './types.ts';

const JOURNAL = '/run/systemd/journal/socket';
const localSyslogs = ['/dev/log', '/var/run/syslog', '/var/run/log'];

/** A driver that is ready to be opened: its options are right. */
export interface SinkPlan {
  /** Throws when there is nobody who takes the log. */
  readonly probe: () => Promise<void>;
  readonly open: (paths: ContainerPaths) => LogSink;
}

/** What a container's log driver needs beside the log of record. Undefined for those that this log serves by itself. Throws in Docker's words. */
export function planSink(record: ContainerRecord): SinkPlan | undefined {
  switch (record.spec.log.driver) {
    case 'json-file':
      return jsonFile(record);
    case 'syslog':
      return syslog(record);
    case 'journald':
      return journald(record);
    default:
      logLimits(record.spec.log, { maxSize: 1, maxFile: 1 });
      return undefined;
  }
}

function jsonFile(record: ContainerRecord): SinkPlan {
  const { log } = record.spec;
  const limits = logLimits(log, { maxSize: Infinity, maxFile: 1 });
  const compress = compresses(log, limits, false);
  const tag = log.options['tag'] ? { tag: logTag(record) } : {};
  const attributes = { ...logAttributes(record.spec), ...tag };
  return {
    probe: async () => {},
    open: ({ jsonLog, sinkPlace }) =>
      new JsonFileSink(jsonLog, new SinkPlace(sinkPlace), { limits, compress, attributes }),
  };
}

function syslog(record: ContainerRecord): SinkPlan {
  const options = checkSyslogOptions(record.spec.log.options);
  const tag = logTag(record);
  logAttributes(record.spec);
  const line = (): Promise<PacketLine> => openSyslog(options.address);
  return {
    probe: async () => (await line()).close(),
    open: ({ sinkPlace }) =>
      new MessageSink(
        line,
        (entry) => Buffer.from(formatSyslog(entry, tag, options)),
        new SinkPlace(sinkPlace),
      ),
  };
}

async function openSyslog(address: SyslogAddress): Promise<PacketLine> {
  if (address.kind !== 'unix') return openNetworkLine(address);
  for (const path of address.path === undefined ? localSyslogs : [address.path]) {
    try {
      return openDatagramLine(path);
    } catch {
      continue; // another may be there
    }
  }
  throw internal('Unix syslog delivery error');
}

function journald(record: ContainerRecord): SinkPlan {
  const tag = logTag(record);
  const fields = {
    ...logAttributes(record.spec, fieldName),
    CONTAINER_ID: shortId(record.id),
    CONTAINER_ID_FULL: record.id,
    CONTAINER_NAME: record.name,
    CONTAINER_TAG: tag,
    IMAGE_NAME: record.spec.image,
    SYSLOG_IDENTIFIER: tag,
  };
  const line = async (): Promise<PacketLine> => openDatagramLine(JOURNAL);
  return {
    probe: async () => {
      if (!existsSync(JOURNAL)) throw invalid('journald is not enabled on this host');
      (await line()).close();
    },
    open: ({ sinkPlace }) =>
      new MessageSink(line, (entry) => formatJournald(entry, fields), new SinkPlace(sinkPlace)),
  };
}

/** Whether the driver will take the log of a container that is about to start. Throws `internal` as Docker does. */
export async function checkSink(record: ContainerRecord): Promise<void> {
  try {
    await planSink(record)?.probe();
  } catch (error) {
    const { message } = prefixed(
      'failed to create task for container: failed to initialize logging driver',
      error,
    );
    throw internal(message, error);
  }
}
