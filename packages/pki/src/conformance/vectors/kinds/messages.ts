import { equalBytes, isAccepted } from '@cssi/sm-core';
import { parseCertificate } from '../../../certificate/parse-certificate.ts';
import { decodeSm2PrivateKey } from '../../../containers/sm2-keys.ts';
import { decryptMessage } from '../../../messages/encrypt-message.ts';
import { parseMessage } from '../../../messages/parse-message.ts';
import { verifySignedMessage } from '../../../messages/verify-message.ts';
import type { Certificate } from '../../../spec/v1/certificate.ts';
import type { EnvelopedMessage, SignedMessage } from '../../../spec/v1/message.ts';
import { expectBytes, expectRefusal, expectSame, fail } from '../case.ts';
import { deciphererOf } from '../decipherer.ts';
import type { VectorFile, VectorRow } from '../vector-file.ts';

function signedData(row: VectorRow): SignedMessage {
  const message = parseMessage(row.der);
  return message.kind === 'signedData' ? message : fail(`a message of kind ${message.kind}`);
}

/** A signed message, with its content inside or beside; the chain where the file has one. */
export function signedMessage(file: VectorFile, row: VectorRow): void {
  const message = signedData(row);
  const content = row.bytes('content');
  const detached = message.content === undefined;
  if (row.has('detached')) expectSame(detached, row.flag('detached'), 'detached');
  if (message.content !== undefined) expectBytes(message.content, content, 'content');
  const report = verifySignedMessage(message, {
    ...(detached ? { content } : {}),
    ...(row.has('signer_cert')
      ? { signerCertificates: [parseCertificate(row.bytes('signer_cert'))] }
      : {
          path: { anchors: [file.anchorOf(row.id)], intermediates: file.othersOf(row.id), time: file.time },
        }),
  });
  const { integrity } = report.verdict;
  expectSame(integrity.status, row.invalid === undefined ? 'passed' : 'failed', 'integrity');
  // Without the chain of the signer nobody can be trusted, whatever the signature says.
  const accepted = row.invalid === undefined && !row.has('signer_cert');
  expectSame(isAccepted(report.verdict), accepted, 'accepted');
}

/** The certificate that the message names; of a case without one, that of another case. */
function recipientOf(file: VectorFile, row: VectorRow, message: EnvelopedMessage): Certificate {
  const named = message.recipients.map((recipient) =>
    recipient.kind === 'keyTransport' && recipient.reference.by === 'issuerAndSerial'
      ? recipient.reference
      : fail('a recipient that is not named by issuer and serial number'),
  );
  const rows = row.has('recipient_cert') ? [row] : file.rows.filter((other) => other.has('recipient_cert'));
  const fits = ({ issuerRaw, serial }: Certificate) =>
    named.some((one) => equalBytes(one.issuerRaw, issuerRaw) && equalBytes(one.serial, serial));
  const found = rows.map((other) => parseCertificate(other.bytes('recipient_cert'))).find(fits);
  return found ?? fail('no certificate of the recipient');
}

/** A message for a recipient: opens to the content, or, under the private key of another, not at all. */
export async function encryptedMessage(file: VectorFile, row: VectorRow): Promise<void> {
  const pair = decodeSm2PrivateKey(row.bytes('recipient_key_pkcs8'));
  const message = parseMessage(row.der);
  if (message.kind !== 'envelopedData') fail(`a message of kind ${message.kind}`);
  const certificate = recipientOf(file, row, message as EnvelopedMessage);
  // The key that the certificate names, whichever key there is behind it.
  const decipherer = { ...deciphererOf(pair), publicKeyInfo: certificate.publicKeyInfo };
  const open = () => decryptMessage(message as EnvelopedMessage, { decipherer, certificate });
  try {
    if (row.invalid !== undefined) return await expectRefusal(['ERR_DECRYPT_FAILED'], open, 'another key');
    expectBytes((await open()).content, row.bytes('content'), 'content');
  } finally {
    pair.privateKey.destroy();
  }
}
