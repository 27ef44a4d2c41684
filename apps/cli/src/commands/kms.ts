import { coreOperations, encodeActivationStatement } from '@cssi/security-service-api';
import { fromBase64, randomBytes, Secret, sm2, toBase64 } from '@cssi/sm-core';
import { type CommandGroup, EXIT } from '../command.ts';
import { CONNECTION_OPTIONS, CONNECTION_SYNOPSIS, openClient, withConnection } from '../connection.ts';
import { checkPassphrase, encodeCredential } from '../credential-file.ts';
import { CLI_ERRORS } from '../errors.ts';
import { withPrivateFile } from '../files.ts';

/** Server address and token of an activation link: `https://host:port/activate#user.token`. */
function parseLink(link: string): { readonly server: string; readonly token: string } {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  const token = url?.hash.slice(1).split('.').at(-1);
  if (
    url?.protocol !== 'https:' ||
    url.pathname !== '/activate' ||
    !/^[A-Za-z0-9_-]{43}$/.test(token ?? '')
  ) {
    throw CLI_ERRORS.create('ERR_CLI_LINK');
  }
  return { server: url.origin, token: token! };
}

/** `cssi kms …` */
export const kms: CommandGroup = {
  activate: {
    synopsis: 'LINK --ca FILE --out FILE',
    summary: 'activates a user: makes a key pair here and stores the credential, encrypted',
    options: { ca: {}, out: {} },
    async run(args) {
      const { server, token: activationToken } = parseLink(args.only('LINK'));
      const out = args.required('out');
      // The token works once: everything that can fail on this side is tried before it is used.
      const passphrase = checkPassphrase(process.env.CSSI_PASSPHRASE);
      const client = await openClient(server, args.required('ca'));
      try {
        const answer = await withPrivateFile(out, async (write) => {
          const keyPair = sm2.generateKeyPair();
          const statement = encodeActivationStatement({ activationToken, publicKey: keyPair.publicKey });
          const activated = await client.call(coreOperations['identity.activate'], {
            activationToken,
            publicKey: toBase64(keyPair.publicKey),
            possession: toBase64(sm2.signWith(keyPair, statement)),
          });
          const certificate = fromBase64(activated.certificate);
          const stateKey = Secret.take(randomBytes(32));
          await write(encodeCredential({ certificate, keyPair, stateKey }, passphrase));
          keyPair.privateKey.destroy();
          stateKey.destroy();
          return activated;
        });
        const { userId, tenantId, roles } = answer;
        const json = { userId, tenantId, roles, certificate: answer.certificate, credential: out };
        return {
          exitCode: EXIT.done,
          json,
          lines: [`activated ${userId} (${roles.join(', ')})`, `credential: ${out}`],
        };
      } finally {
        await client.close();
      }
    },
  },
  keys: {
    synopsis: CONNECTION_SYNOPSIS,
    summary: "lists the keys of the caller's tenant",
    options: CONNECTION_OPTIONS,
    async run(args) {
      const { keys } = await withConnection(args, 'hmac-sm3', ({ client }) =>
        client.call(coreOperations['key.list'], { limit: 500 }),
      );
      return {
        exitCode: EXIT.done,
        json: JSON.parse(JSON.stringify(keys)),
        lines: keys.map(
          (key) =>
            `${key.keyId} v${key.version} ${key.algorithm} ${key.usage.join()} ${key.state} ${key.label}`,
        ),
      };
    },
  },
};
