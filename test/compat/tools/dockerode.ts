import { buffer, text } from 'node:stream/consumers';
import * as fs from 'node:fs';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { runCode } from './run-code.ts';

const docker = new Docker();

/** @returns what comes on both streams of a multiplexed one, when it has ended */
async function demux(stream: NodeJS.ReadableStream): Promise<{ stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, stdout, stderr);
  stream.once('end', () => [stdout, stderr].forEach((each) => each.end()));
  stream.once('close', () => [stdout, stderr].forEach((each) => each.end()));
  const [out, err] = await Promise.all([text(stdout), text(stderr)]);
  return { stdout: out, stderr: err };
}

/** @returns all progress records of a stream, or its error */
function follow(stream: NodeJS.ReadableStream): Promise<unknown[]> {
  return new Promise((resolve, reject) =>
    docker.modem.followProgress(stream, (error, records) => (error ? reject(error) : resolve(records))),
  );
}

await runCode({ docker, Docker, demux, follow, text, buffer, sleep, fs, PassThrough });
