import {
  coreOperations,
  createClient,
  encodeActivationStatement,
  httpsTransport,
} from '@cssi/security-service-api';
import { fromBase64, randomBytes, Secret, sm2, toBase64 } from '@cssi/sm-core';
import { type CommandGroup, EXIT } from '../command.ts';
import { CONNECTION_OPTIONS, CONNECTION_SYNOPSIS, withConnection } from '../connection.ts';
import { writeCredential } from '../credential-file.ts';
import { CLI_ERRORS } from '../errors.ts';

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
      const client = createClient(httpsTransport({ baseUrl: server, ca: { file: args.required('ca') } }));
      const out = args.required('out');
      try {
        const keyPair = sm2.generateKeyPair();
        const statement = encodeActivationStatement({ activationToken, publicKey: keyPair.publicKey });
        const answer = await client.call(coreOperations['identity.activate'], {
          activationToken,
          publicKey: toBase64(keyPair.publicKey),
          possession: toBase64(sm2.signWith(keyPair, statement)),
        });
        const credential = {
          certificate: fromBase64(answer.certificate),
          keyPair,
          stateKey: Secret.take(randomBytes(32)),
        };
        await writeCredential(out, credential, process.env.CSSI_PASSPHRASE);
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
