import { join } from 'node:path';
import {
  createKeyManagementService,
  createKmsHandlers,
  type KeyManagementService,
  KMS_ERRORS,
} from '@cssi/kms';
import { sqlKeyStore } from '@cssi/kms/adapters/sql';
import { createModelHandlers, MODEL_OPERATIONS, MODEL_TRANSFER_ERRORS } from '@cssi/model-transfer';
import { folderPackageStore } from '@cssi/model-transfer/adapters/folder';
import { PKI_ERRORS, PURPOSE_OIDS, pemEncode } from '@cssi/pki';
import { createSealHandlers, SEAL_ERRORS, SEAL_OPERATIONS } from '@cssi/seal';
import { softwareSealService } from '@cssi/seal/adapters/software';
import {
  auditHandlers,
  CORE_OPERATIONS,
  certificateIssuer,
  createDispatcher,
  createSessionService,
  type Dispatcher,
  evidenceHandlers,
  type HandlerTable,
  identityHandlers,
  primitiveHandlers,
  roleAccess,
  SECURITY_SERVICE_ERRORS,
  type SignedCheckpoint,
  serviceHandlers,
  sessionHandlers,
} from '@cssi/security-service-api';
import { FileAuditLog } from '@cssi/security-service-api/adapters/file-audit';
import { memorySessionStore } from '@cssi/security-service-api/adapters/memory-sessions';
import { sqlIdentityStore } from '@cssi/security-service-api/adapters/sql-identity';
import { openEmbeddedDatabase } from '@cssi/security-service-api/sql';
import { SM_CORE_ERRORS } from '@cssi/sm-core';
import { openRootKeyService, TEE_CLIENT_ERRORS } from '@cssi/tee-client';
import { createSoftwareTee } from '@cssi/tee-client/adapters/software';
import { type ActivationTokens, firstActivations } from './activation.ts';
import { openCheckpointCopy } from './checkpoint-copy.ts';
import { Closing } from './closing.ts';
import { makePrivateFolder, writeFileAtomically } from './data-files.ts';
import { APP_ERRORS } from './errors.ts';
import type { HealthSource } from './health.ts';
import { type HttpsIdentity, loadHttpsIdentity } from './https-identity.ts';
import { auditCertificate, openPlatformCa } from './platform-ca.ts';
import { PLATFORM_TENANT, platformSigner } from './platform-keys.ts';

/** Files that clients and verifiers are told of. */
export interface PlatformFiles {
  /** CA of the HTTPS server, PEM. */
  readonly httpsCa: string;
  /** SM2 platform CA, PEM. */
  readonly platformCa: string;
  /** Root certificate of the TEE device, PEM. */
  readonly teeRoot: string;
  /** Certificate of the audit key, PEM. */
  readonly auditCertificate: string;
  /** Folder of the audit log. */
  readonly audit: string;
  /** Folder of the model packages. */
  readonly models: string;
}

/** Every layer, put together on one data folder. */
export interface Platform {
  readonly dispatcher: Dispatcher;
  readonly https: HttpsIdentity;
  readonly files: PlatformFiles;
  /** Tokens of first administrators who are not activated yet, by user. */
  readonly activations: ActivationTokens;
  readonly health: HealthSource;
  close(): Promise<void>;
}

/** What {@link openPlatform} needs. */
export interface PlatformOptions {
  readonly dataDir: string;
  readonly publicNames: readonly string[];
  /** File for copies of the signed audit checkpoints, or none. */
  readonly checkpointCopy: string | undefined;
  readonly clock: () => Date;
  /** Gets every error that a caller is not told about; `where` is a request id or a part of the server. */
  readonly onInternalError: (error: unknown, where: string) => void;
}

/** Name of this server in login statements and of its audit log. */
const SERVER_ID = 'cssi-reference';

/** Makes the tenant in the key management service unless it is there. */
async function ensureKeyTenant(kms: KeyManagementService, tenantId: string): Promise<void> {
  try {
    await kms.createTenant({ tenantId });
  } catch (error) {
    if (!(KMS_ERRORS.is(error) && error.code === 'ERR_KMS_TENANT_EXISTS')) throw error;
  }
}

/** A tenant exists in the identity store and has its key in the key management service. */
function tenantHandlers(
  handlers: ReturnType<typeof identityHandlers>,
  kms: KeyManagementService,
): HandlerTable {
  return {
    ...handlers,
    'tenant.create': (async (params, context) => {
      if (params.tenantId === PLATFORM_TENANT) {
        throw SECURITY_SERVICE_ERRORS.create('ERR_IDENTITY_EXISTS', { detail: 'what=tenant' });
      }
      // The keys first: a crash in between leaves a tenant that can be created again.
      await ensureKeyTenant(kms, params.tenantId);
      return handlers['tenant.create'](params, context);
    }) satisfies (typeof handlers)['tenant.create'],
  };
}

async function openLayers(options: PlatformOptions, closing: Closing): Promise<Platform> {
  const { dataDir, clock } = options;
  const folder = (name: string): string => join(dataDir, name);
  makePrivateFolder(dataDir);

  const tee = closing.add(await createSoftwareTee({ dataDir, clock }), (opened) => opened.close());
  const root = closing.add(await openRootKeyService(tee), (service) => service.close());
  const database = closing.add(await openEmbeddedDatabase({ dataDir: folder('db') }), (opened) =>
    opened.close(),
  );
  const kms = closing.add(
    createKeyManagementService({}, { store: await sqlKeyStore(database), root, clock }),
    (service) => service.close(),
  );
  await ensureKeyTenant(kms, PLATFORM_TENANT);

  const caFolder = folder('ca');
  const caSigner = await platformSigner(kms, 'platform-ca');
  const ca = await openPlatformCa(caFolder, caSigner, clock());
  const issuer = certificateIssuer({ certificate: ca.certificate.raw, signer: caSigner });
  const https = await loadHttpsIdentity(caFolder, options.publicNames, root, clock());
  const auditSigner = await platformSigner(kms, 'audit-checkpoint');
  const files: PlatformFiles = {
    httpsCa: https.caFile,
    platformCa: ca.file,
    teeRoot: join(caFolder, 'tee-root.pem'),
    auditCertificate: join(caFolder, 'audit.pem'),
    audit: folder('audit'),
    models: folder('models'),
  };
  await auditCertificate(ca, issuer, auditSigner, files.auditCertificate, clock());
  writeFileAtomically(files.teeRoot, pemEncode('CERTIFICATE', tee.rootCertificate), 0o644);

  const copy = options.checkpointCopy === undefined ? undefined : openCheckpointCopy(options.checkpointCopy);
  let copyFailures = 0;
  const onCheckpoint = (checkpoint: SignedCheckpoint): void => {
    try {
      copy?.append(checkpoint);
    } catch (error) {
      copyFailures += 1;
      options.onInternalError(error, 'checkpoint-copy');
    }
  };
  const audit = closing.add(
    await FileAuditLog.open(
      {
        folder: files.audit,
        origin: SERVER_ID,
        ...(copy?.last === undefined ? {} : { trustedCheckpoint: copy.last }),
      },
      { signer: auditSigner, clock, onCheckpoint },
    ),
    (log) => log.close(),
  );
  const identities = await sqlIdentityStore({ database, mac: (label, data) => root.mac(label, data), clock });
  const sessions = createSessionService(
    { serverId: SERVER_ID },
    { identities, store: memorySessionStore(), anchors: [ca.certificate] },
  );
  const models = await folderPackageStore({ folder: files.models });

  const dispatcher = createDispatcher(
    {
      operations: [...CORE_OPERATIONS, ...SEAL_OPERATIONS, ...MODEL_OPERATIONS],
      handlers: {
        ...serviceHandlers({
          errorTables: [
            SM_CORE_ERRORS,
            PKI_ERRORS,
            TEE_CLIENT_ERRORS,
            SECURITY_SERVICE_ERRORS,
            KMS_ERRORS,
            SEAL_ERRORS,
            MODEL_TRANSFER_ERRORS,
            APP_ERRORS,
          ],
        }),
        ...sessionHandlers(sessions),
        ...tenantHandlers(identityHandlers({ identities, issuer }), kms),
        ...createKmsHandlers(kms),
        ...primitiveHandlers(),
        ...evidenceHandlers(root),
        ...auditHandlers(audit),
        ...createSealHandlers({
          service: softwareSealService(),
          signerFor: (tenantId, keyId) => kms.signer(tenantId, keyId),
          anchors: [ca.certificate],
          // The platform CA certifies others as well; only its seal makers make seals.
          makerExtendedKeyUsage: PURPOSE_OIDS.sealMaker,
        }),
        ...createModelHandlers({
          store: models,
          publisherAnchors: () => [ca.certificate],
        }),
      },
    },
    { sessions, access: roleAccess(), audit, clock, onInternalError: options.onInternalError },
  );
  return {
    dispatcher,
    https,
    files,
    activations: await firstActivations(identities),
    health: {
      ready: () => audit.status().state === 'open',
      metrics: () => ({
        cssi_audit_records: audit.status().size,
        cssi_audit_covered_records: audit.status().coveredSize,
        cssi_audit_checkpoint_copy_failures: copyFailures,
        process_resident_memory_bytes: process.memoryUsage.rss(),
        process_uptime_seconds: Math.round(process.uptime()),
      }),
    },
    close: () => closing.close(),
  };
}

/**
 * Opens every layer on the data folder, in the order in which they need each other. When
 * one of them fails, those already open are closed again.
 *
 * @throws {@link SmError} of the layer that failed
 */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const closing = new Closing();
  try {
    return await openLayers(options, closing);
  } catch (error) {
    await closing.close().catch(() => undefined);
    throw error;
  }
}
