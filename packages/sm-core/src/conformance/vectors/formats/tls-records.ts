import { concatBytes } from '../../../encoding/bytes.ts';
import { Secret } from '../../../secret.ts';
import { caseId, casesOf, hex, number, type Row, text } from '../fields.ts';
import {
  check,
  expectEqual,
  fail,
  skip,
  type VectorCase,
  type VectorReader,
  type VectorSubject,
} from '../vector-case.ts';

/** Content type, version and length before every record. */
const HEADER_BYTES = 5;
const NONCE_BYTES = 12;
const BLOCK_BYTES = 16;

type Side = 'client' | 'server';

/** The sequence number in 8 bytes. */
function sequenceBytes(item: Row): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setUint32(4, number(item, 'sequence'), false);
  return out;
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 255);
}

/** What the MAC or the tag covers besides the content. @standard GB/T 38636-2020, RFC 5246 §6.2.3.1 and §6.2.3.3 */
const covered = (item: Row, header: Uint8Array, length: number): Uint8Array =>
  concatBytes(sequenceBytes(item), header.subarray(0, 3), uint16(length));

/** Master secret, key block and Finished. @standard GB/T 38636-2020 */
function tlcpKeys({ sm3 }: VectorSubject, item: Row): void {
  const [client, server] = [hex(item, 'client_random'), hex(item, 'server_random')];
  const master = hex(item, 'master_secret');
  expectEqual(
    sm3.tlsPrfSm3(hex(item, 'pre_master'), 'master secret', concatBytes(client, server), 48),
    master,
    'master secret',
  );
  const expected = hex(item, 'key_block');
  const block = sm3.tlsPrfSm3(master, 'key expansion', concatBytes(server, client), expected.length);
  expectEqual(block, expected, 'key block');
  const parts = ['write_mac', 'write_key', 'write_iv'].flatMap((name) => [
    hex(item, `client_${name}`),
    hex(item, `server_${name}`),
  ]);
  expectEqual(concatBytes(...parts).subarray(0, block.length), block, 'the parts of the key block');
  const transcript = sm3.sm3(hex(item, 'handshake_bytes'));
  for (const side of ['client', 'server'] as const) {
    const name = `${side}_finished_verify_data`;
    expectEqual(sm3.tlsPrfSm3(master, `${side} finished`, transcript, 12), hex(item, name), name);
  }
}

/** MAC, then pad, then encrypt with CBC. @standard GB/T 38636-2020, RFC 5246 §6.2.3.2 */
function tlcpCbc({ sm3, sm4 }: VectorSubject, item: Row, side: Side): void {
  const [record, plaintext, iv] = [hex(item, 'record'), hex(item, 'plaintext'), hex(item, 'explicit_iv')];
  const header = record.subarray(0, HEADER_BYTES);
  const mac = hex(item, 'mac');
  const running = sm3.hmacSm3Hash(hex(item, `${side}_write_mac`));
  running.update(covered(item, header, plaintext.length)).update(plaintext);
  if (!running.verify(mac)) fail('the MAC is refused');
  const length = plaintext.length + mac.length;
  const padding = BLOCK_BYTES - (length % BLOCK_BYTES);
  const padded = concatBytes(plaintext, mac, new Uint8Array(padding).fill(padding - 1));
  const key = Secret.take(hex(item, `${side}_write_key`));
  const body = sm4.cbcEncrypt(key, iv, padded, { padding: 'none' });
  expectEqual(concatBytes(header, iv, body), record, 'record');
  expectEqual(sm4.cbcDecrypt(key, iv, body, { padding: 'none' }), padded, 'content of the record');
}

/** The nonce is the fixed part and the explicit one. @standard GB/T 38636-2020, RFC 5288 §3 */
function tlcpGcm({ sm4 }: VectorSubject, item: Row, side: Side): void {
  const [record, plaintext] = [hex(item, 'record'), hex(item, 'plaintext')];
  const explicit = hex(item, 'explicit_nonce');
  const header = record.subarray(0, HEADER_BYTES);
  const nonce = concatBytes(hex(item, `${side}_write_iv`), explicit);
  const aad = covered(item, header, plaintext.length);
  const gcm = sm4.gcm(Secret.take(hex(item, `${side}_write_key`)));
  const body = gcm.seal(nonce, plaintext, aad);
  expectEqual(concatBytes(header, explicit, body), record, 'record');
  expectEqual(gcm.open(nonce, body, aad), plaintext, 'content of the record');
}

/** Keys of a traffic secret, and one record under them. @standard RFC 8446 §5.2, §5.3, §7.2, §7.3; RFC 8998 §2 */
function tls13({ sm3, sm4 }: VectorSubject, item: Row): void {
  const secret = Secret.take(hex(item, 'traffic_secret'));
  const { key, iv } = sm3.tls13TrafficKeys(secret);
  expectEqual(key, hex(item, 'write_key'), 'write_key');
  expectEqual(iv, hex(item, 'write_iv'), 'write_iv');
  expectEqual(sm3.tls13NextTrafficSecret(secret), hex(item, 'next_traffic_secret'), 'next_traffic_secret');
  expectEqual(sm3.tls13FinishedKey(secret), hex(item, 'finished_key'), 'finished_key');
  const sequence = sequenceBytes(item);
  const nonce = iv.map((byte, i) => byte ^ (sequence[i - (NONCE_BYTES - sequence.length)] ?? 0));
  expectEqual(nonce, hex(item, 'nonce'), 'nonce');
  const [record, plaintext] = [hex(item, 'record'), hex(item, 'plaintext')];
  const inner = concatBytes(
    plaintext,
    Uint8Array.of(number(item, 'content_type')),
    new Uint8Array(number(item, 'padding_zeros')),
  );
  const header = record.subarray(0, HEADER_BYTES);
  const aead = text(item, 'suite').includes('_CCM_') ? sm4.ccm(Secret.take(key)) : sm4.gcm(Secret.take(key));
  const body = aead.seal(nonce, inner, header);
  expectEqual(concatBytes(header, body), record, 'record');
  expectEqual(aead.open(nonce, body, header), inner, 'content of the record');
}

/** `generated/tls_records`: key derivation and one protected record each, TLCP and TLS 1.3. */
export const tlsRecordCases: VectorReader = (content) =>
  casesOf(content).map((item, i): VectorCase => {
    const id = caseId(item, i);
    const [protocol, suite] = [text(item, 'protocol'), text(item, 'suite')];
    if (protocol.startsWith('TLS 1.3')) {
      const engine = suite.includes('_CCM_') ? 'sm4.ctr' : 'sm4.gcm';
      const cbc = suite.includes('_CCM_') ? (['sm4.cbc'] as const) : [];
      return check(id, ['sm3', 'hmac-sm3', engine, ...cbc], (subject) => tls13(subject, item));
    }
    if (!protocol.startsWith('TLCP')) return skip(id, 'unknown-file');
    const side: Side = text(item, 'writer') === 'client' ? 'client' : 'server';
    const cbc = suite.includes('_CBC_');
    return check(id, ['sm3', 'hmac-sm3', cbc ? 'sm4.cbc' : 'sm4.gcm'], (subject) => {
      tlcpKeys(subject, item);
      if (cbc) tlcpCbc(subject, item, side);
      else tlcpGcm(subject, item, side);
    });
  });
