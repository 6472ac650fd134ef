import type { Problem } from '../problem.js';
import { Frame, Layout, type Page } from './page.js';
import { koreanTitles } from './told.js';

interface TokenProps {
  readonly page: Page;
  /** Where to go on from here, below `/_sandbox/`. */
  readonly next: string;
  readonly isWrong: boolean;
}

export const TokenPage = ({ page, next, isWrong }: TokenProps) => {
  const { t, to } = page;
  return (
    <Frame page={page} title={t.tokenTitle}>
      <main class="alone">
        <h1>{t.tokenTitle}</h1>
        <p>{t.tokenNote}</p>
        {isWrong ? (
          <p class="note bad" role="alert">
            {t.tokenWrong}
          </p>
        ) : null}
        <form method="post" action={to('console')} class="form one">
          <input type="hidden" name="next" value={next} />
          <label class="field">
            <span>{t.token}</span>
            <input type="password" name="token" autocomplete="current-password" required autofocus />
          </label>
          <button type="submit">{t.enter}</button>
        </form>
      </main>
    </Frame>
  );
};

export const ForeignHostPage = ({ page }: { readonly page: Page }) => (
  <Frame page={page} title={page.t.hostTitle}>
    <main class="alone">
      <h1>{page.t.hostTitle}</h1>
      <p>
        {page.t.hostNote} <code>--allowed-hosts</code>.
      </p>
    </main>
  </Frame>
);

interface MistakeProps {
  readonly page: Page;
  readonly problem: Problem;
  /** Whether its reader may see the rest of the console. */
  readonly isInside: boolean;
}

export function MistakePage({ page, problem, isInside }: MistakeProps) {
  const { language } = page;
  const { detail } = problem;
  const title = language === 'ko' ? (koreanTitles[problem.title] ?? problem.title) : problem.title;
  const content = (
    <>
      <h1>{title}</h1>
      {detail === problem.title ? null : <p>{detail}</p>}
    </>
  );
  if (isInside) {
    return (
      <Layout page={page} title={title}>
        {content}
      </Layout>
    );
  }
  return (
    <Frame page={page} title={title}>
      <main class="alone">{content}</main>
    </Frame>
  );
}
