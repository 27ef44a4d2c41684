import { type Certificate, parseCertificate, verifyCertificatePath } from '@cssi/pki';
import { AspectBuilder, equalBytes, sm2, sm3, type Verdict } from '@cssi/sm-core';
import { decodeReceipt, type ReceiptStatement } from './spec/v1/receipt.ts';

/** What to judge a receipt by. */
export interface VerifyReceiptOptions {
  /** Certificates that device certificates must lead to. */
  readonly anchors: readonly Certificate[];
  /** When to judge the device certificate, for example the time the receipt came in. */
  readonly time: Date;
  /** SM3 of the manifest it should be for; not compared when left out. */
  readonly manifestDigest?: Uint8Array;
}

/** Verdict about a receipt, with what it states. */
export interface ReceiptVerdict extends Verdict {
  readonly statement: ReceiptStatement;
}

/** Did the holder of the certificate sign the statement, and does the statement name that certificate? */
export function receiptIsSigned(receipt: Uint8Array): boolean {
  const { certificate, signature, signedBytes, statement } = decodeReceipt(receipt);
  const { sm2PublicKey } = parseCertificate(certificate);
  return (
    sm2PublicKey !== undefined &&
    equalBytes(statement.device, sm3(certificate)) &&
    sm2.verify(sm2PublicKey, signedBytes, signature)
  );
}

/**
 * Verifies a delivery receipt, on line or years later.
 *
 * @throws {@link SmError} for a malformed receipt, certificate or signature
 */
export function verifyReceipt(receipt: Uint8Array, options: VerifyReceiptOptions): ReceiptVerdict {
  const { statement, certificate } = decodeReceipt(receipt);
  const path = verifyCertificatePath(parseCertificate(certificate), {
    anchors: options.anchors,
    time: options.time,
    keyUsage: ['digitalSignature'],
  });
  const integrity = new AspectBuilder().add(path.integrity);
  if (receiptIsSigned(receipt)) {
    integrity.pass('MODEL_RECEIPT_SIGNED', 'The device signed this receipt.', '设备已签署该回执。');
  } else {
    integrity.fail(
      'MODEL_RECEIPT_SIGNATURE_WRONG',
      'The device did not sign this receipt.',
      '回执签名错误。',
    );
  }
  if (options.manifestDigest !== undefined && !equalBytes(options.manifestDigest, statement.manifestDigest)) {
    integrity.fail(
      'MODEL_RECEIPT_OTHER_PACKAGE',
      'The receipt is for another package.',
      '回执对应其他模型包。',
    );
  }
  return { statement, integrity: integrity.build(), trust: path.trust, time: path.time };
}
