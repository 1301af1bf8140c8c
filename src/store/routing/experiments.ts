import type { ArmSums, ExperimentState, ExperimentStore } from '../../core/experiment.ts';
import { iso } from '../queries/time.ts';
import { reached } from '../sql/reached.ts';
import type { Sql } from '../sql/sql.ts';

const COLUMNS = `key, metric, status, started_at as "startedAt", ended_at as "endedAt",
  a_count as "aCount", a_sum as "aSum", a_squares as "aSquares",
  b_count as "bCount", b_sum as "bSum", b_squares as "bSquares"`;

/** What came after the end does not count any more. */
const ADD = `
insert into illm.experiments as kept
  (key, metric, started_at, a_count, a_sum, a_squares, b_count, b_sum, b_squares)
select key, metric, $2::timestamptz, "aCount", "aSum", "aSquares", "bCount", "bSum", "bSquares"
from json_to_recordset($1::text::json) as row(key text, metric text,
  "aCount" bigint, "aSum" double precision, "aSquares" double precision,
  "bCount" bigint, "bSum" double precision, "bSquares" double precision)
order by key
on conflict (key) do update set
  a_count = kept.a_count + excluded.a_count, a_sum = kept.a_sum + excluded.a_sum,
  a_squares = kept.a_squares + excluded.a_squares,
  b_count = kept.b_count + excluded.b_count, b_sum = kept.b_sum + excluded.b_sum,
  b_squares = kept.b_squares + excluded.b_squares
  where kept.status = 'running'`;

const MOST = 1_000;

type Row = Pick<ExperimentState, 'key' | 'metric' | 'status' | 'startedAt' | 'endedAt'> & {
  readonly [Name in `${'a' | 'b'}${'Count' | 'Sum' | 'Squares'}`]: number;
};

export function createExperiments(sql: Sql): ExperimentStore {
  return {
    async all() {
      return (
        await reached(
          sql.query<Row>(`select ${COLUMNS} from illm.experiments order by started_at desc limit ${MOST}`),
        )
      ).map(stateOf);
    },
    async add(deltas, at) {
      const rows = deltas.map(({ key, metric, a, b }) => ({
        key,
        metric,
        aCount: a.count,
        aSum: a.sum,
        aSquares: a.squares,
        bCount: b.count,
        bSum: b.sum,
        bSquares: b.squares,
      }));
      const keys = JSON.stringify(rows.map(({ key }) => key));
      const [, states] = await reached(
        sql.transaction([
          { text: ADD, params: [JSON.stringify(rows), iso(at)] },
          {
            text: `select ${COLUMNS} from illm.experiments
              where key in (select json_array_elements_text($1::text::json))`,
            params: [keys],
          },
        ]),
      );
      return (states as Row[]).map(stateOf);
    },
    async end(key, status, at) {
      const ended = await reached(
        sql.query(
          `update illm.experiments set status = $2, ended_at = $3 where key = $1 and status = 'running' returning key`,
          [key, status, iso(at)],
        ),
      );
      return ended.length > 0;
    },
  };
}

function stateOf({ key, metric, status, startedAt, endedAt, ...sums }: Row): ExperimentState {
  const a: ArmSums = { count: sums.aCount, sum: sums.aSum, squares: sums.aSquares };
  const b: ArmSums = { count: sums.bCount, sum: sums.bSum, squares: sums.bSquares };
  return { key, metric, status, startedAt, endedAt, a, b };
}
