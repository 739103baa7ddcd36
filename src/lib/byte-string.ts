/**
 * Bytes, one per character (latin1). Names in file systems and archives are bytes and need not be UTF-8; as strings of this
 * form they compare, split and hash cheaply and lose nothing. ASCII text is the same in both forms.
 */
export type ByteString = string;

export const bytesOfText = (text: string): ByteString =>
  isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');

/** As text for people and JSON; bytes that are not UTF-8 become U+FFFD. */
export const textOfBytes = (bytes: ByteString): string =>
  isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');

/** In the form that Node's file system calls take without changing a byte. */
export const asPath = (bytes: ByteString): string | Buffer =>
  isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1');

export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7e) return false;
  return true;
}
