import { canonicalJson, sm3, toBase64, toHex, utf8 } from '@cssi/sm-core';
import type { SigningMode } from './request-signing.ts';

/**
 * Statements that are signed to log in and to prove possession of a private key. Each is
 * canonical JSON with its purpose in it, so that a signature for one purpose is worthless
 * for any other.
 */

/** What a login signs. */
export interface LoginStatement {
  readonly serverId: string;
  /** 32 bytes. */
  readonly challenge: Uint8Array;
  /** The certificate, DER. */
  readonly certificate: Uint8Array;
  /** 04‖x‖y */
  readonly ephemeralPublicKey: Uint8Array;
  readonly signing: SigningMode;
}

/** Bytes of a login statement. */
export function encodeLoginStatement(statement: LoginStatement): Uint8Array {
  return canonicalJson({
    purpose: 'cssi.login.v1',
    serverId: statement.serverId,
    challenge: toBase64(statement.challenge),
    certificateSm3: toHex(sm3(statement.certificate)),
    ephemeralPublicKey: toBase64(statement.ephemeralPublicKey),
    signing: statement.signing,
  });
}

/** Bytes that prove possession of the key that identity.activate binds. */
export function encodeActivationStatement(statement: {
  readonly activationToken: string;
  readonly publicKey: Uint8Array;
}): Uint8Array {
  return canonicalJson({
    purpose: 'cssi.activate.v1',
    activationTokenSm3: toHex(sm3(utf8(statement.activationToken))),
    publicKey: toBase64(statement.publicKey),
  });
}

/** Bytes that prove possession of the key that certificate.issue certifies. */
export function encodeCertificateStatement(statement: {
  readonly tenantId: string;
  readonly profile: string;
  readonly commonName: string;
  readonly publicKey: Uint8Array;
}): Uint8Array {
  return canonicalJson({
    purpose: 'cssi.certificate.v1',
    tenantId: statement.tenantId,
    profile: statement.profile,
    commonName: statement.commonName,
    publicKey: toBase64(statement.publicKey),
  });
}
