import { fromBase64, SmError, sm2, toBase64 } from '@cssi/sm-core';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import type { IdentityStore } from '../spec/v1/identity.ts';
import type {
  certificateIssueOperation,
  identityActivateOperation,
  identityEnrollOperation,
  tenantCreateOperation,
} from '../spec/v1/operations-identity.ts';
import type { CallContext, OperationHandler } from '../spec/v1/service.ts';
import { encodeActivationStatement, encodeCertificateStatement } from '../spec/v1/statements.ts';
import type { CertificateIssuer } from './issuer.ts';

/** What {@link identityHandlers} works with. */
export interface IdentityHandlerDeps {
  readonly identities: IdentityStore;
  readonly issuer: CertificateIssuer;
}

const DEFAULT_ACTIVATION_SECONDS = 86_400;
const DEFAULT_VALIDITY_DAYS = 365;

/** Checks that the caller holds the private key of `publicKey`. Every failure has one code. */
function checkPossession(
  publicKey: Uint8Array,
  statement: Uint8Array,
  proof: Uint8Array,
  context: CallContext,
): void {
  let right = false;
  try {
    right = sm2.verify(publicKey, statement, proof);
  } catch (error) {
    if (!(error instanceof SmError)) throw error;
  }
  if (!right) {
    context.note({ detail: { reason: 'possession' } });
    throw SECURITY_SERVICE_ERRORS.create('ERR_API_LOGIN_FAILED');
  }
}

/**
 * Handlers of `tenant.create`, `identity.enroll`, `identity.activate` and `certificate.issue`.
 * Whoever administers never sees a private key: the new user makes it and proves to hold it.
 */
export function identityHandlers(deps: IdentityHandlerDeps): {
  readonly 'tenant.create': OperationHandler<typeof tenantCreateOperation>;
  readonly 'identity.enroll': OperationHandler<typeof identityEnrollOperation>;
  readonly 'identity.activate': OperationHandler<typeof identityActivateOperation>;
  readonly 'certificate.issue': OperationHandler<typeof certificateIssueOperation>;
} {
  const { identities, issuer } = deps;
  const issuerCertificate = toBase64(issuer.certificate);
  return {
    'tenant.create': async (params, context) => {
      context.note({ object: `tenant/${params.tenantId}` });
      const tenant = await identities.createTenant({ tenantId: params.tenantId, name: params.name });
      return { tenantId: tenant.tenantId, createdAt: tenant.createdAt };
    },

    'identity.enroll': async (params, context) => {
      const { userId, name, tenantId, roles } = params;
      context.note({ object: `user/${userId}`, detail: { roles: roles.join(' ') } });
      const own = context.principal!.tenantId;
      // The security administrator of a tenant enrols for that tenant only.
      if (own !== null && own !== tenantId) throw SECURITY_SERVICE_ERRORS.create('ERR_API_ACCESS_DENIED');
      await identities.createUser({ userId, name, tenantId, roles });
      const { token, expiresAt } = await identities.createActivationToken({
        userId,
        lifetimeSeconds: params.activationSeconds ?? DEFAULT_ACTIVATION_SECONDS,
      });
      return { userId, activationToken: token, expiresAt };
    },

    'identity.activate': async (params, context) => {
      const { activationToken } = params;
      const publicKey = fromBase64(params.publicKey);
      const invited = await identities.findActivation(activationToken);
      context.note({ subject: invited.userId, tenantId: invited.tenantId, object: `user/${invited.userId}` });
      const statement = encodeActivationStatement({ activationToken, publicKey });
      checkPossession(publicKey, statement, fromBase64(params.possession), context);
      const certificate = await issuer.issue({
        profile: invited.roles.includes('device') ? 'device' : 'person',
        commonName: invited.userId,
        tenantId: invited.tenantId,
        publicKey,
        validityDays: DEFAULT_VALIDITY_DAYS,
        time: context.time,
      });
      const user = await identities.consumeActivationToken({
        token: activationToken,
        certificate: certificate.der,
      });
      return {
        userId: user.userId,
        tenantId: user.tenantId,
        roles: [...user.roles],
        certificate: toBase64(certificate.der),
        issuerCertificate,
      };
    },

    'certificate.issue': async (params, context) => {
      const { profile, commonName } = params;
      const { tenantId } = context.principal!;
      if (tenantId === null) throw SECURITY_SERVICE_ERRORS.create('ERR_API_ACCESS_DENIED');
      const publicKey = fromBase64(params.publicKey);
      const statement = encodeCertificateStatement({ tenantId, profile, commonName, publicKey });
      checkPossession(publicKey, statement, fromBase64(params.possession), context);
      const validityDays = params.validityDays ?? DEFAULT_VALIDITY_DAYS;
      const issued = await issuer.issue({
        profile,
        commonName,
        tenantId,
        publicKey,
        validityDays,
        time: context.time,
      });
      context.note({ object: `certificate/${issued.fingerprint}`, detail: { profile } });
      return {
        certificate: toBase64(issued.der),
        issuerCertificate,
        notAfter: issued.notAfter.toISOString(),
      };
    },
  };
}
