import { parseCertificate } from '@cssi/pki';
import { sm2, sm3, toHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../errors.ts';
import { sealEnvelope } from '../spec/v1/envelope.ts';
import {
  MANAGEMENT_FORMAT,
  type ManagementAction,
  type ManagementCommand,
  type ManagementReceipt,
  ROOT_SECURITY_DOMAIN,
} from '../spec/v1/management.ts';
import {
  encodeSignedCommand,
  MANAGEMENT_LIMITS,
  parseSignedCommand,
  parseSignedReceipt,
} from '../spec/v1/management-codec.ts';
import { encodePersonalisation, personalisationAssociatedData } from '../spec/v1/personalisation-codec.ts';
import type { TeecUuid } from '../spec/v1/uuid.ts';
import { keyName, type ManagementSigner } from './bundles.ts';

/** What a command is made of besides its action. @group Management */
export interface CommandOptions {
  /** SM3 of the device root's public key, hex; see `deviceName`. */
  readonly device: string;
  /** Higher than any this domain has used. Milliseconds since 1970 serve. */
  readonly sequence: number;
  /** Whose authority it uses; the root security domain when left out. */
  readonly domain?: TeecUuid;
  readonly signer: ManagementSigner;
}

/**
 * The name of the device that a device root certificate is of: SM3 of its public key, hex.
 *
 * @param certificate - DER
 * @throws {@link SmError} ERR_TEE_MANAGEMENT_MALFORMED, and what `parseCertificate` throws
 * @group Management
 */
export function deviceName(certificate: Uint8Array): string {
  const { sm2PublicKey } = parseCertificate(certificate);
  if (sm2PublicKey === undefined) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_MALFORMED', { detail: 'reason=certificate' });
  }
  return keyName(sm2PublicKey);
}

/**
 * The command for an action, before it is signed.
 *
 * @group Management
 */
export function createManagementCommand(
  action: ManagementAction,
  options: Omit<CommandOptions, 'signer'> & { readonly signer: Pick<ManagementSigner, 'publicKey'> },
): ManagementCommand {
  return {
    ...action,
    format: MANAGEMENT_FORMAT,
    device: options.device,
    domain: options.domain ?? ROOT_SECURITY_DOMAIN,
    signer: keyName(options.signer.publicKey),
    sequence: options.sequence,
  };
}

/**
 * Signs a command. The signature is verified before the command leaves.
 *
 * @throws {@link SmError} ERR_TEE_MANAGEMENT_MALFORMED, ERR_TEE_MANAGEMENT_SIGNATURE
 * @group Management
 */
export async function signManagementCommand(
  command: ManagementCommand,
  signer: ManagementSigner,
): Promise<Uint8Array> {
  let input = new Uint8Array(0);
  encodeSignedCommand(command, (bytes) => {
    input = Uint8Array.from(bytes);
    return new Uint8Array(64);
  });
  const signature = Uint8Array.from(await signer.sign(Uint8Array.from(input)));
  const wrong = (reason: string) =>
    TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_SIGNATURE', { detail: `reason=${reason}` });
  if (command.signer !== keyName(signer.publicKey)) throw wrong('signer');
  if (
    signature.length !== 64 ||
    !sm2.verify(sm2.publicKey(signer.publicKey), input, signature, { format: 'raw' })
  ) {
    throw wrong('signature');
  }
  return encodeSignedCommand(command, () => signature);
}

/**
 * Makes and signs the command for an action.
 *
 * @throws {@link SmError} ERR_TEE_MANAGEMENT_MALFORMED, ERR_TEE_MANAGEMENT_SIGNATURE
 * @example
 * ```ts
 * import { managementCommand, managementSigner } from '@cssi/tee-client/management';
 * const command = await managementCommand(
 *   { action: 'lock-ta', ta },
 *   { device, sequence: Date.now(), signer: managementSigner(pair) },
 * );
 * const receipt = await module.manage(command);
 * ```
 * @group Management
 */
export function managementCommand(action: ManagementAction, options: CommandOptions): Promise<Uint8Array> {
  return signManagementCommand(createManagementCommand(action, options), options.signer);
}

/** SM3 of a payload, hex, as commands name it. @group Management */
export function payloadDigest(payload: Uint8Array): string {
  return toHex(sm3(payload));
}

/**
 * Personalisation data in clear, in the form a command names by digest.
 *
 * @group Management
 */
export function plainPersonalisation(data: Uint8Array): Uint8Array {
  return encodePersonalisation({ envelope: undefined, payload: checkData(data) });
}

/**
 * Personalisation data encrypted to one TEE for one application of one security domain.
 *
 * @param teeBundleKey - SM2 public key of the TEE, 65 bytes
 * @param domain - security domain the application belongs to; the root domain, which has the built-in
 * ones, when left out
 * @throws {@link SmError} ERR_TEE_MANAGEMENT_MALFORMED, ERR_SM2_PUBLIC_KEY_INVALID
 * @group Management
 */
export function encryptPersonalisation(
  ta: TeecUuid,
  data: Uint8Array,
  teeBundleKey: Uint8Array,
  domain: TeecUuid = ROOT_SECURITY_DOMAIN,
): Uint8Array {
  return encodePersonalisation(
    sealEnvelope(sm2.publicKey(teeBundleKey), checkData(data), personalisationAssociatedData(ta, domain)),
  );
}

function checkData(data: Uint8Array): Uint8Array {
  if (!(data instanceof Uint8Array) || data.length > MANAGEMENT_LIMITS.personalisation) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_MALFORMED', { detail: 'reason=personalisation' });
  }
  return data;
}

/**
 * Verifies that a receipt is the TEE's answer to a command: signed by the attestation key, of the
 * same device, command, domain and sequence number.
 *
 * @param command - the signed command
 * @param attestationKey - SM2 public key of the attestation certificate (65 bytes), which the
 * caller has verified up to the device root
 * @throws {@link SmError} ERR_TEE_MANAGEMENT_MALFORMED, ERR_TEE_MANAGEMENT_SIGNATURE
 * @group Management
 */
export function verifyReceipt(
  receipt: Uint8Array,
  command: Uint8Array,
  attestationKey: Uint8Array,
): ManagementReceipt {
  const signed = parseSignedReceipt(receipt);
  const asked = parseSignedCommand(command);
  const wrong = (reason: string) =>
    TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_SIGNATURE', { detail: `reason=${reason}` });
  const key = sm2.publicKey(attestationKey);
  if (!sm2.verify(key, signed.signingInput, signed.signature, { format: 'raw' })) throw wrong('signature');
  const { receipt: stated } = signed;
  if (
    stated.command !== asked.digest ||
    stated.device !== asked.command.device ||
    stated.action !== asked.command.action ||
    stated.domain !== asked.command.domain ||
    stated.sequence !== asked.command.sequence
  ) {
    throw wrong('command');
  }
  return stated;
}
