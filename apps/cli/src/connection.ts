import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import {
  createClient,
  httpsTransport,
  type ServiceClient,
  type SigningMode,
} from '@cssi/security-service-api';
import type { Arguments, OptionTable } from './command.ts';
import { type Credential, readCredential } from './credential-file.ts';

/** Options of every command that talks to a server. */
export const CONNECTION_OPTIONS: OptionTable = { server: {}, ca: {}, credential: {} };

/** Help for {@link CONNECTION_OPTIONS}. */
export const CONNECTION_SYNOPSIS = '--server URL --ca FILE --credential FILE';

/** A client that is logged in. */
export interface Connection {
  readonly client: ServiceClient;
  readonly credential: Credential;
}

/** Runs `work` with a client that is logged in, and logs out again. */
export async function withConnection<T>(
  args: Arguments,
  signing: SigningMode,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const credential = await readCredential(args.required('credential'), process.env.CSSI_PASSPHRASE);
  const client = createClient(
    httpsTransport({ baseUrl: args.required('server'), ca: { file: args.required('ca') } }),
  );
  try {
    await client.login({
      certificate: credential.certificate,
      signer: sm2SoftwareSigner(credential.keyPair),
      signing,
    });
    return await work({ client, credential });
  } finally {
    await client.close();
    credential.keyPair.privateKey.destroy();
    credential.stateKey.destroy();
  }
}
