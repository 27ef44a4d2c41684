import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import {
  coreOperations,
  createClient,
  encodeActivationStatement,
  httpsTransport,
  type ServiceClient,
} from '@cssi/security-service-api';
import { fromBase64, sm2, toBase64 } from '@cssi/sm-core';
import type { ServerFacts } from './processes.ts';

const clientOf = ({ address, files }: ServerFacts): ServiceClient =>
  createClient(httpsTransport({ baseUrl: address, ca: { file: files.httpsCa } }));

/** Activates a user with a fresh key pair, which stays in this process, and logs in. */
export async function activateAndLogin(server: ServerFacts, activationToken: string): Promise<ServiceClient> {
  const client = clientOf(server);
  const keyPair = sm2.generateKeyPair();
  const statement = encodeActivationStatement({ activationToken, publicKey: keyPair.publicKey });
  const { certificate } = await client.call(coreOperations['identity.activate'], {
    activationToken,
    publicKey: toBase64(keyPair.publicKey),
    possession: toBase64(sm2.signWith(keyPair, statement)),
  });
  await client.login({ certificate: fromBase64(certificate), signer: sm2SoftwareSigner(keyPair) });
  return client;
}
