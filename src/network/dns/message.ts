/* DNS messages (RFC 1035, 6891). What comes in is hostile: every read is checked, and nothing is followed. */

export const TYPE = { A: 1, PTR: 12, AAAA: 28, OPT: 41 } as const;
export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4 } as const;

const CLASS_IN = 1;
const HEADER = 12;
const MAX_NAME = 255;
/** Without EDNS, over UDP. */
const SMALL = 512;
const FLAG = { QR: 0x8000, TC: 0x0200, RD: 0x0100, RA: 0x0080 } as const;
const OPCODE = 0x7800;

export interface Query {
  readonly bytes: Buffer;
  /** Without the final dot, as it was written. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Offset of what follows the question. */
  readonly questionEnd: number;
  /** The largest answer that the asker takes over UDP. */
  readonly udpSize: number;
}

/** A question that a stub resolver asks; undefined for anything else, which deserves no answer or an error. */
export function parseQuery(bytes: Buffer): Query | undefined {
  if (bytes.length < HEADER || bytes.readUInt16BE(2) & FLAG.QR) return undefined;
  if (bytes.readUInt16BE(2) & OPCODE || bytes.readUInt16BE(4) !== 1) return undefined;
  const labels = readName(bytes, HEADER);
  if (!labels || labels.end + 4 > bytes.length) return undefined;
  const questionEnd = labels.end + 4;
  return {
    bytes,
    name: labels.name,
    type: bytes.readUInt16BE(labels.end),
    class: bytes.readUInt16BE(labels.end + 2),
    questionEnd,
    udpSize: udpSizeOf(bytes, questionEnd),
  };
}

export function isInternet(query: Query): boolean {
  return query.class === CLASS_IN;
}

/** An answer with records of the question's own type and name: `data` holds their RDATA. */
export function encodeAnswer(query: Query, data: readonly Buffer[], ttl: number): Buffer {
  const records = data.map((value) => {
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc000 | HEADER, 0);
    record.writeUInt16BE(query.type, 2);
    record.writeUInt16BE(CLASS_IN, 4);
    record.writeUInt32BE(ttl, 6);
    record.writeUInt16BE(value.length, 10);
    return Buffer.concat([record, value]);
  });
  return Buffer.concat([header(query, RCODE.NOERROR, records.length), ...records]);
}

export function encodeError(query: Query, rcode: number): Buffer {
  return header(query, rcode, 0);
}

/** The answer to a message of which not even the question can be read; undefined when it deserves none. */
export function encodeFormatError(bytes: Buffer): Buffer | undefined {
  if (bytes.length < HEADER || bytes.readUInt16BE(2) & FLAG.QR) return undefined;
  const answer = Buffer.alloc(HEADER);
  answer.writeUInt16BE(bytes.readUInt16BE(0), 0);
  const rcode = bytes.readUInt16BE(2) & OPCODE ? RCODE.NOTIMP : RCODE.FORMERR;
  answer.writeUInt16BE(FLAG.QR | (bytes.readUInt16BE(2) & (OPCODE | FLAG.RD)) | rcode, 2);
  return answer;
}

/** What fits the asker's buffer over UDP: a larger answer becomes an empty one that is marked as cut, for TCP to repeat. */
export function fitUdp(query: Query, answer: Buffer): Buffer {
  if (answer.length <= query.udpSize) return answer;
  const cut = header(query, answer.readUInt16BE(2) & 0xf, 0);
  cut.writeUInt16BE(cut.readUInt16BE(2) | FLAG.TC, 2);
  return cut;
}

export function isTruncated(answer: Buffer): boolean {
  return answer.length >= HEADER && (answer.readUInt16BE(2) & FLAG.TC) !== 0;
}

export function rcodeOf(answer: Buffer): number {
  return answer.readUInt16BE(2) & 0xf;
}

/** Whether a message from a server answers the query that was sent with this id. */
export function answers(query: Query, id: number, message: Buffer): boolean {
  if (message.length < HEADER || message.readUInt16BE(0) !== id) return false;
  if (!(message.readUInt16BE(2) & FLAG.QR)) return false;
  // some servers answer errors without the question
  if (message.readUInt16BE(4) === 0) return rcodeOf(message) !== RCODE.NOERROR;
  const question = readName(message, HEADER);
  if (!question || question.end + 4 > message.length) return false;
  return (
    question.name.toLowerCase() === query.name.toLowerCase() &&
    message.readUInt16BE(question.end) === query.type
  );
}

/** A name as RDATA. */
export function encodeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  const parts = labels.flatMap((label) => {
    const bytes = Buffer.from(label, 'latin1').subarray(0, 63);
    return [Buffer.from([bytes.length]), bytes];
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function header(query: Query, rcode: number, answers: number): Buffer {
  const result = Buffer.from(query.bytes.subarray(0, query.questionEnd));
  result.writeUInt16BE(FLAG.QR | FLAG.RA | (query.bytes.readUInt16BE(2) & FLAG.RD) | rcode, 2);
  result.writeUInt16BE(answers, 6);
  result.writeUInt32BE(0, 8);
  return result;
}

/** Labels without compression: a question has nothing before it to point to. */
function readName(bytes: Buffer, from: number): { name: string; end: number } | undefined {
  const labels: string[] = [];
  for (let at = from; at < bytes.length && at - from < MAX_NAME;) {
    const length = bytes.readUInt8(at);
    if (length === 0) return { name: labels.join('.'), end: at + 1 };
    if (length > 63 || at + 1 + length > bytes.length) return undefined;
    const label = bytes.toString('latin1', at + 1, at + 1 + length);
    if (label.includes('.')) return undefined;
    labels.push(label);
    at += 1 + length;
  }
  return undefined;
}

/** From an OPT record directly behind the question, where stub resolvers put it. */
function udpSizeOf(bytes: Buffer, at: number): number {
  const isOpt =
    bytes.readUInt16BE(10) > 0 &&
    bytes.readUInt32BE(6) === 0 &&
    at + 11 <= bytes.length &&
    bytes.readUInt8(at) === 0 &&
    bytes.readUInt16BE(at + 1) === TYPE.OPT;
  return isOpt ? Math.max(SMALL, bytes.readUInt16BE(at + 3)) : SMALL;
}
