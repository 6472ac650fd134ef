import { checkLevels } from '../../../steering/checklist.js';
import type { Level } from '../check.js';
import type { CheckReport } from '../report.js';

/** How a check ended for those who are held to checks of a level and above. */
export type Outcome = 'passed' | 'failed' | 'undecided' | 'ignored';

const isHeldTo = (level: Level, failOn: Level): boolean =>
  checkLevels.indexOf(level) <= checkLevels.indexOf(failOn);

/** A check below the level never fails anybody: it is passed, or ignored. */
export function outcomeOf({ level, status }: Pick<CheckReport, 'level' | 'status'>, failOn: Level): Outcome {
  if (status === 'passed') return 'passed';
  if (!isHeldTo(level, failOn)) return 'ignored';
  return status === 'failed' ? 'failed' : 'undecided';
}
