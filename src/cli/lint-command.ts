import type { LintFinding } from '../app/certification/lint.js';
import type { CertifyConfig } from '../config/config.js';
import { notAccepted } from '../config/config-error.js';
import { controlCall } from './control-client.js';

/** Looks for slips in the traffic of a workspace. The exit code is 1 where there is one. */
export async function lintCommand({ url, token, workspace, format, language }: CertifyConfig): Promise<void> {
  if (format !== 'json' && format !== 'markdown') {
    throw notAccepted('--format', format, 'json, markdown: findings are no tests');
  }
  const address = { base: url.replace(/\/$/, ''), token };
  const text = await controlCall(address, workspace, 'GET', `lint?language=${language}`);
  const { findings } = JSON.parse(text) as { readonly findings: readonly LintFinding[] };
  process.stdout.write(format === 'json' ? `${text}\n` : listOf(findings, workspace));
  if (findings.length > 0) process.exitCode = 1;
}

function listOf(findings: readonly LintFinding[], workspace: string): string {
  if (findings.length === 0) return `No slip in the traffic of workspace ${workspace}.\n`;
  return findings
    .map(({ id, field, message, requests }) => {
      const place = field === null ? '' : ` in \`${field}\``;
      return `- **${id}**${place}: ${message}\n  Requests: ${requests.map((one) => `\`${one}\``).join(', ')}\n`;
    })
    .join('');
}
