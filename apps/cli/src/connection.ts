import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import {
  createClient,
  httpsTransport,
  type ServiceClient,
  type SigningMode,
} from '@cssi/security-service-api';
import { SmError } from '@cssi/sm-core';
import type { Arguments, OptionTable } from './command.ts';
import { type Credential, readCredential } from './credential-file.ts';
import { CLI_ERRORS } from './errors.ts';
import { readBounded } from './files.ts';

/** Options of every command that talks to a server. */
export const CONNECTION_OPTIONS: OptionTable = { server: {}, ca: {}, credential: {} };

/** Help for {@link CONNECTION_OPTIONS}. */
export const CONNECTION_SYNOPSIS = '--server URL --ca FILE --credential FILE';

/** A client that is logged in. */
export interface Connection {
  readonly client: ServiceClient;
  readonly credential: Credential;
}

const MAX_CA_BYTES = 1 << 20;

/**
 * A client for a server whose certificate must lead to the CA of a file.
 *
 * @throws {@link SmError} ERR_CLI_FILE, ERR_CLI_USAGE
 */
export async function openClient(server: string, caFile: string): Promise<ServiceClient> {
  const ca = new TextDecoder('latin1').decode(await readBounded(caFile, MAX_CA_BYTES));
  try {
    return createClient(httpsTransport({ baseUrl: server, ca }));
  } catch (cause) {
    if (!(cause instanceof SmError)) throw cause;
    throw CLI_ERRORS.create('ERR_CLI_USAGE', {
      detail: '--server expects https://host:port, --ca a PEM certificate',
      cause,
    });
  }
}

/** Runs `work` with a client that is logged in, and logs out again. */
export async function withConnection<T>(
  args: Arguments,
  signing: SigningMode,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  args.none();
  const credentialFile = args.required('credential');
  const client = await openClient(args.required('server'), args.required('ca'));
  try {
    const credential = await readCredential(credentialFile, process.env.CSSI_PASSPHRASE);
    try {
      await client.login({
        certificate: credential.certificate,
        signer: sm2SoftwareSigner(credential.keyPair),
        signing,
      });
      return await work({ client, credential });
    } finally {
      await client.logout();
      credential.keyPair.privateKey.destroy();
      credential.stateKey.destroy();
    }
  } finally {
    await client.close();
  }
}
