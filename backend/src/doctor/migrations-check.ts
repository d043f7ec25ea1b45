// Compares the migrations that a database has with those of this version.
import { migrations } from '../database/migrations/migrations.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** `applied` are the names of the migrations that have run; empty for a database without tables. */
export function checkMigrations(applied: readonly string[]): Finding {
  const known = Object.keys(migrations);
  const pending = known.filter((name) => !applied.includes(name));
  const later = applied.filter((name) => !known.includes(name));
  if (applied.length === 0) return ok('database', 'has no tables yet; the first start creates them');
  if (pending.length === known.length) {
    return problem(
      'database',
      'has the migrations of another application',
      'Set database_schema to a schema of its own.',
    );
  }
  if (pending.length > 0) {
    const advice = 'The next start of a server of this version runs them. Until then an older version is in use.';
    return warning('database', `${pending.length} migrations have not run: ${pending.join(', ')}`, advice);
  }
  if (later.length > 0) {
    const advice = 'This works, but use the same version on every node after an upgrade.';
    return warning('database', `has migrations of a later version: ${later.join(', ')}`, advice);
  }
  return ok('database', `all ${known.length} migrations have run`);
}
