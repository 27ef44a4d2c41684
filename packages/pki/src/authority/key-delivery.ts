import { equalBytes, Secret, type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { encodeSm2PrivateKey } from '../containers/sm2-keys.ts';
import { signAndEncryptMessage } from '../messages/signed-enveloped.ts';
import type { KeyDeliveryFormat } from '../spec/v1/authority.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { AuthorityContext } from './context.ts';
import { stateProblem } from './records.ts';

/**
 * The key management centre (密钥管理中心): gives a fresh encryption key pair that nobody else
 * has or gets. The pair becomes the authority's, which zeroes its private key.
 */
export type KeyCentre = () => Promise<Sm2KeyPair>;

/** What an escrow is told about a key. */
export interface EscrowFacts {
  /** Of the encryption certificate. */
  readonly serial: Uint8Array;
  /** SubjectPublicKeyInfo of the encryption certificate, DER. */
  readonly publicKeyInfo: Uint8Array;
  readonly notAfter: Date;
}

/**
 * Keeps a copy of an encryption key (密钥托管), before anything is issued for it. The pair is
 * the escrow's own. When it rejects, nothing is issued. An issue that was cut off after its
 * key was kept goes on with a new key under the same serial number: only the one whose
 * `publicKeyInfo` is in the certificate is in use.
 */
export type KeyEscrow = (pair: Sm2KeyPair, facts: EscrowFacts) => Promise<void>;

const copyKey = (key: Secret): Secret => key.use((bytes) => Secret.copy(bytes));

async function drawn(keyCentre: KeyCentre): Promise<Sm2KeyPair> {
  try {
    return await keyCentre();
  } catch (cause) {
    throw stateProblem('key-centre', cause);
  }
}

/** A pair whose two halves belong together; a wrong one would lose every message sent to it. */
export async function drawKeyPair({ keyCentre }: AuthorityContext): Promise<Sm2KeyPair> {
  const pair = await drawn(keyCentre);
  let copy: Secret | undefined;
  try {
    copy = copyKey(pair.privateKey);
    if (equalBytes(sm2.keyPair(copy).publicKey, pair.publicKey)) return pair;
  } catch (cause) {
    pair?.privateKey?.destroy();
    throw stateProblem('key-centre', cause);
  } finally {
    copy?.destroy();
  }
  pair.privateKey.destroy();
  throw stateProblem('key-centre');
}

/** Gives the escrow a pair of its own. */
export async function escrowKey(
  { escrow }: AuthorityContext,
  pair: Sm2KeyPair,
  { serial, publicKeyInfo, notAfter }: EscrowFacts,
): Promise<void> {
  if (escrow === undefined) return;
  const { publicKey, privateKey } = pair;
  const copied = { publicKey: Uint8Array.from(publicKey), privateKey: copyKey(privateKey) };
  try {
    await escrow(copied, {
      serial: Uint8Array.from(serial),
      publicKeyInfo: Uint8Array.from(publicKeyInfo),
      notAfter: new Date(notAfter),
    });
  } catch (cause) {
    throw stateProblem('escrow', cause);
  }
}

/**
 * The encryption key for the holder of the signing key, and nobody else: SM2EnvelopedKey, or
 * its PKCS#8 form as signedAndEnvelopedData signed by the authority or its delivery signer.
 *
 * @standard GB/T 35276-2017 §7.4, GB/T 35275-2017
 */
export async function deliverKey(
  context: AuthorityContext,
  pair: Sm2KeyPair,
  signing: Certificate,
  format: KeyDeliveryFormat,
): Promise<Uint8Array> {
  if (signing.sm2PublicKey === undefined) throw stateProblem('key-delivery');
  if (format === 'sm2-enveloped-key') return sm2.envelopeKey(signing.sm2PublicKey, pair);
  if (context.deliverySigner === undefined) throw stateProblem('delivery-signer');
  const content = encodeSm2PrivateKey(pair);
  try {
    return await signAndEncryptMessage(content, {
      syntax: 'gbt35275',
      signers: [context.deliverySigner],
      recipients: [{ certificate: signing }],
    });
  } finally {
    content.fill(0);
  }
}
