import { exercises } from '../../app/certification/exercises.js';
import { formats } from '../../app/certification/formats/formats.js';
import type { LintFinding } from '../../app/certification/lint.js';
import type { CheckReport, Report } from '../../app/certification/report.js';
import { AskedLanguage, Choice, Layout, type Option, type Page } from './page.js';
import type { Texts } from './texts.js';

interface Props {
  readonly page: Page;
  readonly report: Report;
  readonly findings: readonly LintFinding[];
  /** Names of the checklists with their titles. */
  readonly checklists: readonly Option[];
}

/** The order of reading, trouble first. */
const order = ['failed', 'review', 'inconclusive', 'not-tried', 'passed'] as const;

const tones = {
  failed: 'bad',
  review: 'warn',
  inconclusive: 'warn',
  'not-tried': '',
  passed: 'good',
} as const;

const words = {
  failed: 'checkFailed',
  review: 'checkReview',
  inconclusive: 'checkInconclusive',
  'not-tried': 'checkNotTried',
  passed: 'checkPassed',
} as const satisfies Record<CheckReport['status'], keyof Texts>;

const verdicts = {
  passed: ['verdictPassed', 'good'],
  failed: ['verdictFailed', 'bad'],
  incomplete: ['verdictIncomplete', 'lost'],
} as const satisfies Record<Report['verdict'], readonly [keyof Texts, string]>;

/** What the traffic of the workspace says about its client, each verdict with the calls that show it. */
export function CertificationPage({ page, report, findings, checklists }: Props) {
  const { t, to } = page;
  const { checklist, checks, observed } = report;
  const [verdict, tone] = verdicts[report.verdict];
  return (
    <Layout page={page} title={t.certification} tab="certification">
      <div class="head">
        <h1>{t.certification}</h1>
        <p class="quiet">{t.certificationIntro}</p>
      </div>
      <p class={`note ${tone}`}>
        <strong>{t[verdict]}</strong> {checklist.name} {checklist.version} · {observed.requests} {t.calls}
        {observed.evicted > 0 ? ` · ${observed.evicted} ${t.evicted}` : ''}
      </p>
      <div class="glance">
        {checklists.length > 1 ? (
          <form method="get" action={to('console/certification')} class="row">
            <AskedLanguage page={page} />
            <Choice
              label={t.checklist}
              name="checklist"
              page={page}
              options={checklists}
              value={checklist.name}
            />
            <button type="submit">{t.switch}</button>
          </form>
        ) : null}
        <span>
          {t.reportAs}{' '}
          {formats.map((format) => (
            <>
              <a href={to('certification', { format, checklist: checklist.name, language: page.language })}>
                {format}
              </a>{' '}
            </>
          ))}
        </span>
      </div>
      {order.map((status) => (
        <Checks page={page} status={status} checks={checks.filter((check) => check.status === status)} />
      ))}
      <section class="card" id="lint">
        <h2>{t.lint}</h2>
        <p class="quiet">{t.lintNote}</p>
        {findings.length === 0 ? (
          <p class="empty">{t.noFinding}</p>
        ) : (
          <Findings page={page} findings={findings} />
        )}
      </section>
    </Layout>
  );
}

interface ChecksProps {
  readonly page: Page;
  readonly status: CheckReport['status'];
  readonly checks: readonly CheckReport[];
}

function Checks({ page, status, checks }: ChecksProps) {
  if (checks.length === 0) return null;
  const { t } = page;
  return (
    <section class="card" id={status}>
      <h2>
        {t[words[status]]} <span class="quiet">{checks.length}</span>
      </h2>
      <ul class="checks">
        {checks.map((check) => (
          <li id={check.id}>
            <p class="step-head">
              <span class={`tag ${tones[status]}`}>{check.level}</span> <strong>{check.title}</strong>{' '}
              <code class="quiet">{check.id}</code>
            </p>
            <p>{check.why}</p>
            <Evidence page={page} requests={check.requests} />
            {status === 'passed' ? null : (
              <p class="quiet">
                {check.reason} <span class="where">{check.source}</span>
              </p>
            )}
            {status === 'not-tried' && check.exercise !== null ? (
              <form method="post" action={page.to('console/exercise')}>
                <input type="hidden" name="exercise" value={check.exercise} />
                <button type="submit" class="quiet-button">
                  {t.makeTrouble}
                  <span class="hidden">: {check.id}, </span> ({exercises[check.exercise].title[page.language]}
                  )
                </button>
              </form>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The calls that show it, one click away. */
const Evidence = ({
  page: { t, to },
  requests,
}: {
  readonly page: Page;
  readonly requests: readonly string[];
}) =>
  requests.length === 0 ? null : (
    <p>
      <span class="quiet">{t.evidence}</span>{' '}
      {requests.map((requestId) => (
        <>
          <a href={to(`console/calls/${requestId}`)}>
            <code>{requestId}</code>
          </a>{' '}
        </>
      ))}
    </p>
  );

const Findings = ({ page, findings }: Pick<Props, 'page' | 'findings'>) => (
  <ul class="checks">
    {findings.map(({ id, field, message, requests }) => (
      <li>
        <p class="step-head">
          <strong>{message}</strong> <code class="quiet">{id}</code>{' '}
          {field === null ? null : <code>{field}</code>}
        </p>
        <Evidence page={page} requests={requests} />
      </li>
    ))}
  </ul>
);
