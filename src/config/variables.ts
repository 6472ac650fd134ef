import { distance } from 'fastest-levenshtein';
import { unknown } from './config-error.js';
import { allSettings, type Setting } from './settings.js';

const PREFIX = 'SANDBOX_';

/** So many letters away from one of ours, a variable is taken for a slip of the pen. */
const SLIP = 2;

const ours = allSettings
  .flatMap((setting: Setting) => setting.variable ?? [])
  .filter((name) => name.startsWith(PREFIX));

/**
 * Looks for `SANDBOX_` variables that nobody reads. Throws `ConfigError` for one that is nearly ours. Any other
 * is only warned of: for a service named `sandbox` Kubernetes sets SANDBOX_SERVICE_HOST, SANDBOX_PORT and more.
 */
export function checkVariables(environment: NodeJS.ProcessEnv, warn: (message: string) => void): void {
  const strangers = Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !ours.includes(name))
    .sort();
  for (const name of strangers) {
    if (ours.some((known) => distance(name, known) <= SLIP)) throw unknown('variable', name, ours);
  }
  if (strangers.length === 0) return;
  warn(`not a setting, and ignored: ${strangers.join(', ')}. Settings are ${ours.join(', ')}`);
}
