import {
  canonicalJson,
  concatBytes,
  fromBase64,
  fromHex,
  type JsonValue,
  parseJson,
  randomBytes,
  Secret,
  sm2,
  sm3,
  sm4,
  toBase64,
  toHex,
  utf8,
} from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS, type TeeClientErrorCode } from './errors.ts';
import { badAnswer, copyOf, output, type ServiceLogin, ServiceSession } from './service-session.ts';
import { unpackCertificates } from './spec/v1/certificate-list.ts';
import type { TeeClient } from './spec/v1/client.ts';
import {
  CONFIDENTIAL_QUERY_COMMANDS as COMMANDS,
  CONFIDENTIAL_QUERY_UUID,
  type ConfidentialQuery,
  CONFIDENTIAL_QUERY_LIMITS as LIMITS,
  type OwnerSigner,
  QUERY_REFUSALS,
  QUERY_SIGNED,
  type QueryServiceInfo,
  type SignedQueryCommand,
} from './spec/v1/confidential-query.ts';
import { TeecError } from './spec/v1/error.ts';
import { EVIDENCE_FORMAT } from './spec/v1/evidence.ts';
import { teecParam } from './spec/v1/operation.ts';
import {
  DATA_SET_FORMAT,
  type DataSetInput,
  type QueryAnswer,
  type QueryInput,
} from './spec/v1/query-types.ts';

const ID_BYTES = 32;
const SM4_KEY_BYTES = 16;
const NONCE_BYTES = 12;
const ANSWER_BYTES = 65_536;

const REFUSALS: ReadonlyMap<number, TeeClientErrorCode> = new Map(
  Object.entries(QUERY_REFUSALS).map(([name, result]) => [
    result,
    `ERR_TEE_QUERY_${name}` as TeeClientErrorCode,
  ]),
);

/** Gives the application's refusals their codes. */
async function refusing<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const code = error instanceof TeecError ? REFUSALS.get(error.result) : undefined;
    throw code === undefined ? error : TEE_CLIENT_ERRORS.create(code, { cause: error });
  }
}

function read<T>(bytes: Uint8Array | undefined): T {
  try {
    return parseJson(bytes ?? new Uint8Array(0), LIMITS.answer) as T;
  } catch {
    throw badAnswer('json');
  }
}

/** The content of a data set as it is signed and uploaded: one line of JSON per row. */
const contentOf = ({ rows }: DataSetInput): Uint8Array =>
  utf8(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

/** The chunks of an upload, each sealed under the key with its number as nonce. */
function* chunks(content: Uint8Array, key: Secret, id: Uint8Array): Generator<Uint8Array> {
  const gcm = sm4.gcm(key);
  try {
    for (let n = 0; n * LIMITS.chunk < content.length; n++) {
      const nonce = new Uint8Array(NONCE_BYTES);
      new DataView(nonce.buffer).setUint32(NONCE_BYTES - 4, n);
      yield gcm.seal(nonce, content.subarray(n * LIMITS.chunk, (n + 1) * LIMITS.chunk), id);
    }
  } finally {
    gcm.destroy();
  }
}

function documentOf(query: QueryInput): Uint8Array {
  if ('release' in query) return canonicalJson(query as unknown as JsonValue);
  const { policy, aggregate, groupBy = [], filters = [], mechanism = 'laplace', epsilon, delta = 0 } = query;
  return canonicalJson({
    policy,
    aggregate,
    groupBy,
    filters,
    mechanism,
    epsilon,
    delta,
  } as unknown as JsonValue);
}

/**
 * Opens the confidential query service of a TEE, by GlobalPlatform calls only.
 *
 * @example
 * ```ts
 * const service = await openConfidentialQuery(tee);
 * const { cells } = await service.query({ policy, aggregate: { kind: 'count' }, epsilon: 500_000 });
 * ```
 * @throws {@link TeecError} what the TEE refused with
 * @group Confidential query
 */
export async function openConfidentialQuery(
  client: TeeClient,
  login: ServiceLogin = {},
): Promise<ConfidentialQuery> {
  const session = await ServiceSession.open(client, CONFIDENTIAL_QUERY_UUID, login);
  const invoke = (...call: Parameters<ServiceSession['invoke']>) => refusing(session.invoke(...call));
  const input = (bytes: Uint8Array) => teecParam.tempInput(bytes);

  // What evidence was checked for is what uploads are encrypted to: a host that answers with another
  // key later gets no data. So the first key that is seen is the only one.
  let seen: string | undefined;
  const info = async (): Promise<QueryServiceInfo> => {
    const [answer] = await refusing(session.ask(COMMANDS.GET_INFO, [], [1_024], ANSWER_BYTES));
    const found = read<QueryServiceInfo>(answer);
    seen ??= found.publicKey;
    if (found.publicKey !== seen) throw badAnswer('public-key');
    return found;
  };
  const sign = async (
    owner: OwnerSigner,
    command: SignedQueryCommand,
    body: Uint8Array,
  ): Promise<Uint8Array> => {
    const service = sm3(fromBase64((await info()).publicKey));
    const zero = Uint8Array.of(0);
    return owner.sign(concatBytes(utf8(QUERY_SIGNED), zero, utf8(command), zero, service, body));
  };
  const ownerId = (owner: OwnerSigner): Uint8Array => sm3(owner.publicKey);
  /** A request of two ids, signed by the owner. */
  const request = async (
    owner: OwnerSigner,
    command: 'REMOVE_DATA' | 'REVOKE_POLICY',
    fields: JsonValue,
  ): Promise<void> => {
    const body = canonicalJson(fields);
    await invoke(COMMANDS[command], input(body), input(await sign(owner, command, body)));
  };
  // One upload at a time: the chunks of two would mix in the one session.
  let uploads: Promise<unknown> = Promise.resolve();

  const upload = async (owner: OwnerSigner, dataSet: DataSetInput): Promise<string> => {
    const content = contentOf(dataSet);
    const { rows, ...declared } = dataSet;
    const body = canonicalJson({
      ...declared,
      format: DATA_SET_FORMAT,
      owner: toHex(ownerId(owner)),
      rows: rows.length,
      bytes: content.length,
      digest: toHex(sm3(content)),
    } as unknown as JsonValue);
    const key = Secret.take(randomBytes(SM4_KEY_BYTES));
    try {
      const recipient = fromBase64((await info()).publicKey);
      const sealedKey = key.use((bytes) => sm2.encrypt(recipient, bytes, { format: 'c1c3c2' }));
      const signature = await sign(owner, 'BEGIN_UPLOAD', body);
      await invoke(COMMANDS.BEGIN_UPLOAD, input(body), input(signature), input(sealedKey));
      for (const chunk of chunks(content, key, sm3(body))) await invoke(COMMANDS.UPLOAD, input(chunk));
      return toHex(output(await invoke(COMMANDS.FINISH_UPLOAD, teecParam.tempOutput(ID_BYTES)), 0));
    } finally {
      key.destroy();
      content.fill(0);
    }
  };

  return {
    specVersion: '1',
    info,
    evidence: async (nonce) => {
      const challenge = copyOf(nonce, 'nonce');
      const answer = session.ask(COMMANDS.EVIDENCE, [challenge], [8_192, 4_096], ANSWER_BYTES);
      const [report, certificates] = await refusing(answer);
      if (report === undefined || certificates === undefined) throw badAnswer('output');
      return { format: EVIDENCE_FORMAT, report, certificates: unpackCertificates(certificates) };
    },
    registerOwner: async (owner, label) => {
      const body = canonicalJson({ label, publicKey: toBase64(owner.publicKey) });
      const signature = await sign(owner, 'REGISTER_OWNER', body);
      const room = teecParam.tempOutput(ID_BYTES);
      return toHex(output(await invoke(COMMANDS.REGISTER_OWNER, input(body), input(signature), room), 2));
    },
    upload: (owner, dataSet) => {
      const running = uploads.then(() => upload(owner, dataSet));
      uploads = running.catch(() => {});
      return running;
    },
    removeData: (owner, dataSet) => request(owner, 'REMOVE_DATA', { owner: toHex(ownerId(owner)), dataSet }),
    approvePolicy: async (owner, policy) => {
      const body = canonicalJson(policy as unknown as JsonValue);
      const signature = await sign(owner, 'APPROVE_POLICY', body);
      const room = teecParam.tempOutput(ID_BYTES);
      const answer = await invoke(
        COMMANDS.APPROVE_POLICY,
        input(body),
        input(ownerId(owner)),
        input(signature),
        room,
      );
      return toHex(output(answer, 3));
    },
    revokePolicy: (owner, policy) =>
      request(owner, 'REVOKE_POLICY', { owner: toHex(ownerId(owner)), policy }),
    query: async (query) => {
      const call = session.ask(COMMANDS.QUERY, [documentOf(query)], [ANSWER_BYTES], LIMITS.answer);
      return read<QueryAnswer>((await refusing(call))[0]);
    },
    ledger: async (dataSet) => {
      const [answer] = await refusing(
        session.ask(COMMANDS.LEDGER, [fromHex(dataSet)], [1_024], ANSWER_BYTES),
      );
      return read(answer);
    },
    close: () => session.close(),
  };
}
