import { createSingleFlight, type SingleFlight } from '../../shared/core/cache/single-flight.ts';
import {
  addIssue,
  countIssue,
  type Issue,
  readIssues,
} from '../../shared/core/certificates/certificate-issues.ts';
import { type FoundRow, readRow } from '../../shared/core/certificates/certificate-records.ts';
import {
  findMismatch,
  type ObtainParts,
  obtainCertificate,
  type WantedCertificate,
} from '../../shared/core/certificates/obtain-certificate.ts';
import type { AddressRate } from '../../shared/core/rate/address-rate.ts';
import { type Failure, ok, type Refusal, type Result, refuse } from '../../shared/model/failure.ts';
import type { DeviceIdentity } from '../../shared/ports/device-identities.ts';
import type { CertificateForm } from './certificate-form.ts';
import { type CertificateProduct, createCertificateProducts } from './certificate-products.ts';
import type { AnswerForm } from './certificate-reply.ts';
import { checkSignature } from './check-signature.ts';

export type DistributorParts = ObtainParts & { rate: AddressRate };

/** `issue` counts from 1: the how many-th that the deviceId was given. */
type Issued = { identity: DeviceIdentity; issue: number };

type Distribution = {
  answerForm: AnswerForm;
  productKey: string | undefined;
  issued: Result<Issued>;
};

type Origin = { sourceIp: string; requestId: string };

type Distributor = (form: CertificateForm, origin: Origin) => Promise<Distribution>;

/** Hands a device its certificate, after its product's policy. */
export function createDistributor(parts: DistributorParts): Distributor {
  const { store, rate } = parts;
  const products = createCertificateProducts(parts);
  const flights = createSingleFlight<Result<Issued>>();
  return async (form, origin) => {
    if (!(await rate.allow(origin.sourceIp))) {
      const { limitPerMinute } = rate;
      const issued = refuse({ kind: 'address-rate-exceeded', limitPerMinute });
      return { answerForm: 'flat', productKey: form.productKey, issued };
    }
    const found = await readRow(form.deviceId, store);
    const productKey = form.productKey ?? (found?.value.productKey || undefined);
    const product = productKey === undefined ? undefined : await products.get(productKey);
    const issued = product
      ? await distribute({ form, origin, product, found }, { ...parts, flights })
      : refuseUnknownProduct(form, parts.nowMs());
    return { answerForm: product?.settings.answer ?? 'flat', productKey, issued };
  };
}

type Inquiry = {
  form: CertificateForm;
  origin: Origin;
  product: CertificateProduct;
  found: FoundRow;
};

/** Nothing about a deviceId shows before the signature holds, and what is refused before its random is stored may be sent again. */
async function distribute(
  { form, origin, product, found }: Inquiry,
  parts: DistributorParts & { flights: SingleFlight<Result<Issued>> },
): Promise<Result<Issued>> {
  const { deviceId } = form;
  const { productKey, productSecret, settings } = product;
  const nowMs = parts.nowMs();
  const isOpen = settings.policy === 'open';
  const signed = isOpen ? undefined : checkSignature(form, productSecret, nowMs);
  if (signed && !signed.ok) return signed;
  const unknownIds = isOpen ? settings.unknownIds : 'refuse';
  const wanted = { deviceId, productKey, unknownIds, found };
  const mismatch = findMismatch(wanted, found?.value);
  if (mismatch) return mismatch;
  const issues = await readIssues(deviceId, parts.store);
  if (issues.revokedAtMs !== null) return refuse({ kind: 'certificate-revoked', deviceId });
  const limit = { deviceId, mostIssues: settings.mostIssues };
  const issue = { atMs: nowMs, sourceIp: origin.sourceIp, requestId: origin.requestId };
  const answer = async (): Promise<Result<Issued>> => {
    // Before a device is registered for a request that is then refused.
    const judged = addIssue(issues, issue, limit);
    if (!judged.ok) return judged;
    return parts.flights(`${productKey}/${deviceId}`, () =>
      issueCertificate(wanted, { issue, limit }, parts),
    );
  };
  return signed ? answerOnce({ deviceId, ...signed.value }, answer, parts) : answer();
}

/** Answers of one flight are at the same time, and so of one issue. */
async function issueCertificate(
  wanted: WantedCertificate,
  { issue, limit }: { issue: Issue; limit: { deviceId: string; mostIssues: number } },
  parts: ObtainParts,
): Promise<Result<Issued>> {
  const identity = await obtainCertificate(wanted, parts);
  if (!identity.ok) return identity;
  const counted = await countIssue(issue, limit, parts.store);
  return counted.ok ? ok({ identity: identity.value, issue: counted.value }) : counted;
}

/**
 * Refuses `random-reused`. A random stays used also where its request is refused, but not where it
 * fails by a fault or by the source of identities: a device that draws the same one at every start
 * would be shut out for a day.
 */
async function answerOnce(
  { deviceId, random }: { deviceId: string; random: string },
  answer: () => Promise<Result<Issued>>,
  { store, nowMs }: ObtainParts,
): Promise<Result<Issued>> {
  const now = nowMs();
  const seen = store.table('seen');
  const key = { partition: `certificate-random/${deviceId}`, sort: random };
  const expiresAtMs = now + RANDOM_KEPT_MS;
  if (!(await seen.insert(key, { seenAtMs: now }, { expiresAtMs })))
    return refuse({ kind: 'random-reused', deviceId });
  let isAnswered = false;
  try {
    const issued = await answer();
    isAnswered = issued.ok || FINAL.has(issued.failure.kind);
    return issued;
  } finally {
    // A store that fails here too keeps it used; what failed first is what to report.
    if (!isAnswered) await seen.remove(key).catch(() => false);
  }
}

const RANDOM_KEPT_MS = 24 * 60 * 60 * 1000;

const FINAL: ReadonlySet<Failure['kind']> = new Set([
  'certificate-limit',
  'certificate-revoked',
  'unknown-certificate',
]);

/** The signature is worked out as for a product that is known, and the answer is the one that whoever cannot sign gets there. */
function refuseUnknownProduct(form: CertificateForm, nowMs: number): Refusal {
  const { deviceId } = form;
  const checked = checkSignature(form, NOBODYS_SECRET, nowMs);
  if (!checked.ok && checked.failure.kind === 'malformed-request') return checked;
  const reason = form.productKey === undefined ? 'no product is named' : 'the product is unknown';
  return refuse({ kind: 'unknown-certificate', deviceId, reason });
}

/** Who signs with it is refused as well. */
const NOBODYS_SECRET = '0123456789abcdef';
