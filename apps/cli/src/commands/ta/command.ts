import { fromUtf8 } from '@cssi/sm-core';
import { MANAGEMENT_ACTIONS, type ManagementAction, TA_MAX_BUNDLE_BYTES } from '@cssi/tee-client';
import {
  encryptPersonalisation,
  managementCommand,
  managementSigner,
  payloadDigest,
  plainPersonalisation,
  readBundle,
} from '@cssi/tee-client/management';
import { type Arguments, type CommandGroup, EXIT, type Outcome } from '../../command.ts';
import { PUBLIC_MODE, readBounded, type Write, withNewFile, writePrivate } from '../../files.ts';
import { usageError } from '../../pki/options.ts';
import { withSm2Key } from '../../pki/private-key-file.ts';
import { certifiedBundleKey, readDeviceFacts, readDomainKeys, uuidOf } from '../../ta/input.ts';
import { existingTee, withTee } from '../../ta/local-tee.ts';

const MAX_COMMAND_BYTES = 16_384;
const MAX_PAYLOAD_BYTES: number = TA_MAX_BUNDLE_BYTES;

const digestOf = async (path: string): Promise<string> =>
  payloadDigest(await readBounded(path, MAX_PAYLOAD_BYTES));

/** As {@link digestOf}, for a file that has to be a bundle. @throws SmError ERR_TEE_BUNDLE_MALFORMED */
async function bundleDigestOf(path: string): Promise<string> {
  const bundle = await readBounded(path, MAX_PAYLOAD_BYTES);
  readBundle(bundle);
  return payloadDigest(bundle);
}

/** The device at the other end of a migration. @throws SmError ERR_CLI_USAGE, ERR_CLI_FILE */
const peerOf = async (args: Arguments): Promise<string> =>
  (await readDeviceFacts(args.required('peer'))).device;

/** Measurements of cores that are accepted besides one of this release. @throws SmError ERR_CLI_USAGE */
function measurementsOf(args: Arguments): readonly string[] {
  const given = args.many('measurement');
  if (!given.every((text) => /^[0-9a-f]{64}$/.test(text))) {
    throw usageError('--measurement expects 64 hex digits');
  }
  return given;
}

/** What a command of `--action` asks for. @throws SmError ERR_CLI_USAGE, ERR_CLI_FILE */
async function actionOf(args: Arguments): Promise<ManagementAction> {
  const action = MANAGEMENT_ACTIONS.find((known) => known === args.only('ACTION'));
  const uuid = (option: string) => uuidOf(args.required(option), option);
  switch (action) {
    case undefined:
      throw usageError(`ACTION is one of ${MANAGEMENT_ACTIONS.join(' ')}`);
    case 'install-sd':
    case 'update-sd':
      return { action, sd: uuid('sd'), keys: await readDomainKeys(args.required('keys')) };
    case 'block-sd':
    case 'unblock-sd':
    case 'uninstall-sd':
      return { action, sd: uuid('sd') };
    case 'install-ta':
    case 'update-ta':
      return { action, bundleDigest: await bundleDigestOf(args.required('payload')) };
    case 'personalise-ta':
      return { action, ta: uuid('ta'), dataDigest: await digestOf(args.required('payload')) };
    case 'lock-ta':
    case 'unlock-ta':
    case 'delete-ta':
    case 'cancel-migration':
      return { action, ta: uuid('ta') };
    case 'export-ta':
      return { action, ta: uuid('ta'), target: await peerOf(args), measurements: measurementsOf(args) };
    case 'import-ta':
      return { action, ta: uuid('ta'), source: await peerOf(args), measurements: measurementsOf(args) };
    case 'raise-tcb-floor': {
      const minimum = args.whole('minimum');
      if (minimum === undefined) throw usageError('--minimum is missing');
      return { action, minimum };
    }
    default:
      return { action };
  }
}

export const commandCommands: CommandGroup = {
  'command make': {
    synopsis:
      'ACTION --device FILE --key FILE --out FILE [--domain UUID] [--sequence N] [--payload FILE | --ta UUID [--peer FILE [--measurement HEX…]] | --sd UUID --keys FILE | --minimum N]',
    summary: 'makes a signed command for a TEE: install, personalise, update, lock, unlock, delete and more',
    options: {
      device: {},
      key: {},
      out: {},
      domain: {},
      sequence: {},
      payload: {},
      ta: {},
      sd: {},
      keys: {},
      minimum: {},
      peer: {},
      measurement: { many: true },
    },
    help: [
      ['ACTION', MANAGEMENT_ACTIONS.join(' ')],
      ['--device FILE', 'facts of the TEE as cssi ta device info --json prints them'],
      ['--key FILE', 'SM2 private key of the security domain'],
      ['--domain UUID', 'security domain whose authority is used; the root domain when left out'],
      ['--sequence N', 'higher than any before in that domain; milliseconds since 1970 when left out'],
      ['--payload FILE', 'bundle, or personalisation data made by cssi ta command personalisation'],
      ['--peer FILE', 'of export-ta and import-ta: facts of the TEE at the other end'],
      ['--measurement HEX', 'of a core that is accepted there besides one of the same release'],
      ['--keys FILE', 'JSON list of {publicKey, privileges} for a security domain'],
    ],
    async run(args) {
      const out = args.required('out');
      const keyFile = args.required('key');
      const action = await actionOf(args);
      const { device } = await readDeviceFacts(args.required('device'));
      const domain = args.text('domain');
      const sequence = args.text('sequence') ?? String(Date.now());
      if (!/^\d{1,16}$/.test(sequence) || !Number.isSafeInteger(Number(sequence))) {
        throw usageError('--sequence expects a number');
      }
      return withNewFile(out, PUBLIC_MODE, async (write) => {
        const command = await withSm2Key(keyFile, (pair) =>
          managementCommand(action, {
            device,
            sequence: Number(sequence),
            signer: managementSigner(pair),
            ...(domain === undefined ? {} : { domain: uuidOf(domain, 'domain') }),
          }),
        );
        await write(command);
        return {
          exitCode: EXIT.done,
          json: { out, action: action.action, sequence: Number(sequence), digest: payloadDigest(command) },
          lines: [`${out}: ${action.action}, sequence ${sequence}`],
        };
      });
    },
  },
  'command personalisation': {
    synopsis: 'DATA --out FILE [--ta UUID --to FILE --root FILE] [--domain UUID]',
    summary: 'puts data for an application into the form a command names, encrypted to one TEE with --to',
    options: { out: {}, ta: {}, to: {}, root: {}, domain: {} },
    help: [
      ['--domain UUID', 'security domain the application belongs to; the root domain when left out'],
      ['--to FILE', 'facts of the TEE; without it the data stay readable'],
      ['--root FILE', 'device root certificate, from a source you trust: it vouches for the key'],
    ],
    async run(args) {
      const out = args.required('out');
      const to = args.text('to');
      const domain = args.text('domain');
      // Whoever names an application or a root means to encrypt: data must not stay readable by an oversight.
      if (to === undefined && ['ta', 'root', 'domain'].some((name) => args.text(name) !== undefined)) {
        throw usageError('--to is missing: --ta, --root and --domain are for encrypted data');
      }
      const data = await readBounded(args.only('DATA'), MAX_PAYLOAD_BYTES);
      const payload =
        to === undefined
          ? plainPersonalisation(data)
          : encryptPersonalisation(
              uuidOf(args.required('ta'), 'ta'),
              data,
              await certifiedBundleKey(await readDeviceFacts(to), args.required('root')),
              domain === undefined ? undefined : uuidOf(domain, 'domain'),
            );
      data.fill(0);
      await writePrivate(out, payload);
      return {
        exitCode: EXIT.done,
        json: { out, bytes: payload.length, encrypted: to !== undefined },
        lines: [`${out}: ${payload.length} bytes${to === undefined ? ', NOT encrypted' : ', encrypted'}`],
      };
    },
  },
  'command apply': {
    synopsis: 'COMMAND --data DIR [--payload FILE] [--receipt FILE]',
    summary: 'has a software TEE execute a signed command',
    options: { data: {}, mode: {}, payload: {}, receipt: {} },
    help: [['--receipt FILE', 'where to put the signed receipt']],
    async run(args) {
      const command = await readBounded(args.only('COMMAND'), MAX_COMMAND_BYTES);
      const payloadFile = args.text('payload');
      const payload =
        payloadFile === undefined ? undefined : await readBounded(payloadFile, MAX_PAYLOAD_BYTES);
      const options = await existingTee(args);
      const execute = async (write?: Write): Promise<Outcome> => {
        const receipt = await withTee(options, (tee) => tee.module.manage(command, payload));
        await write?.(receipt);
        const length = new DataView(receipt.buffer, receipt.byteOffset).getUint32(0);
        const stated = JSON.parse(fromUtf8(receipt.subarray(4, 4 + length)));
        return {
          exitCode: EXIT.done,
          json: stated,
          lines: [`done: ${stated.action}, sequence ${stated.sequence}`, `audit record ${stated.audit}`],
        };
      };
      // The place for the receipt comes first: a command is executed once, and so is its receipt given.
      const receiptFile = args.text('receipt');
      return receiptFile === undefined ? execute() : withNewFile(receiptFile, PUBLIC_MODE, execute);
    },
  },
};
