import { type CertificateSigner, encodeSm2PublicKeyInfo } from '@cssi/pki';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import {
  coreOperations,
  createClient,
  encodeActivationStatement,
  encodeCertificateStatement,
  type Role,
  type ServiceClient,
  type SigningMode,
  type Transport,
} from '@cssi/security-service-api';
import { fromBase64, type Sm2KeyPair, sm2, toBase64 } from '@cssi/sm-core';

/** A user with the key pair that stays on this side. */
export interface Person {
  readonly userId: string;
  readonly certificate: Uint8Array;
  readonly keyPair: Sm2KeyPair;
  readonly client: ServiceClient;
}

/** How a test reaches the server. */
export interface Door {
  transport(): Transport;
  readonly clock: () => Date;
}

/** Activates a user with a fresh key pair and logs in. */
export async function enter(
  door: Door,
  activationToken: string,
  signing: SigningMode = 'hmac-sm3',
): Promise<Person> {
  const keyPair = sm2.generateKeyPair();
  const client = createClient(door.transport(), { clock: door.clock });
  const statement = encodeActivationStatement({ activationToken, publicKey: keyPair.publicKey });
  const answer = await client.call(coreOperations['identity.activate'], {
    activationToken,
    publicKey: toBase64(keyPair.publicKey),
    possession: toBase64(sm2.signWith(keyPair, statement)),
  });
  const certificate = fromBase64(answer.certificate);
  await client.login({ certificate, signer: sm2SoftwareSigner(keyPair), signing });
  return { userId: answer.userId, certificate, keyPair, client };
}

/** A security administrator makes a user with one role, or none; the user activates and logs in. */
export async function enrolled(
  door: Door,
  securityAdmin: ServiceClient,
  userId: string,
  tenantId: string | null,
  roles: Role[],
  signing?: SigningMode,
): Promise<Person> {
  const { activationToken } = await securityAdmin.call(coreOperations['identity.enroll'], {
    userId,
    name: userId,
    tenantId,
    roles,
  });
  return enter(door, activationToken, signing);
}

/** A signing key in the service, certified for `profile`. */
export async function certifiedKey(
  client: ServiceClient,
  profile: 'seal-maker' | 'seal-signer' | 'model-publisher',
): Promise<{ readonly keyId: string; readonly certificate: Uint8Array; readonly signer: CertificateSigner }> {
  const created = await client.call(coreOperations['key.create'], {
    algorithm: 'SM2',
    usage: ['sign'],
    label: profile,
  });
  const publicKey = fromBase64(created.publicKey!);
  const sign = async (message: Uint8Array): Promise<Uint8Array> => {
    const answer = await client.call(coreOperations.sign, {
      keyId: created.keyId,
      message: toBase64(message),
    });
    return fromBase64(answer.signature);
  };
  const commonName = `test ${profile}`;
  const tenantId = client.session!.tenantId!;
  const statement = encodeCertificateStatement({ tenantId, profile, commonName, publicKey });
  const { certificate } = await client.call(coreOperations['certificate.issue'], {
    profile,
    commonName,
    publicKey: created.publicKey!,
    possession: toBase64(await sign(statement)),
  });
  const signer = { algorithm: 'sm2-sm3' as const, publicKeyInfo: encodeSm2PublicKeyInfo(publicKey), sign };
  return { keyId: created.keyId, certificate: fromBase64(certificate), signer };
}
