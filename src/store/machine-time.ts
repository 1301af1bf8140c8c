import { picoFromUsd, usdFromPico } from '../core/money.ts';
import { iso, floorHour } from './queries/time.ts';
import type { Sql } from './sql/sql.ts';

/** What one provider's machines did within one hour; the dollars are exact decimals. */
export interface MachineTimeRow {
  /** Any time within the hour, epoch milliseconds. */
  readonly at: number;
  readonly provider: string;
  readonly busyMs: number;
  readonly idleMs: number;
  readonly busyCostUsd: string;
  readonly idleCostUsd: string;
}

export interface MachineTotal {
  readonly provider: string;
  /** Start of the first hour that is counted. */
  readonly since: string;
  readonly busyMs: number;
  readonly idleMs: number;
  readonly busyCostUsd: string;
  readonly idleCostUsd: string;
}

/** Busy and idle time of self-hosted machines. */
export interface MachineTime {
  /** Adds to what is there. Not idempotent: a row whose adding failed may have been added. */
  add(rows: readonly MachineTimeRow[]): Promise<void>;
  /** Sums by provider over the hours from the one of `from`; epoch milliseconds. */
  totals(from: number): Promise<MachineTotal[]>;
}

const ADD = `
insert into illm.gpu_time as kept (hour, provider, busy_ms, idle_ms, busy_cost_usd, idle_cost_usd)
select hour, provider, sum("busyMs"), sum("idleMs"), sum("busyCostUsd"), sum("idleCostUsd")
from json_to_recordset($1::text::json) as row(hour timestamptz, provider text,
  "busyMs" double precision, "idleMs" double precision, "busyCostUsd" numeric, "idleCostUsd" numeric)
group by hour, provider order by hour, provider
on conflict (hour, provider) do update set
  busy_ms = kept.busy_ms + excluded.busy_ms, idle_ms = kept.idle_ms + excluded.idle_ms,
  busy_cost_usd = kept.busy_cost_usd + excluded.busy_cost_usd,
  idle_cost_usd = kept.idle_cost_usd + excluded.idle_cost_usd`;

export function createMachineTime(sql: Sql): MachineTime {
  return {
    async add(rows) {
      if (rows.length === 0) return;
      await sql.query(ADD, [JSON.stringify(rows.map((row) => ({ ...row, hour: iso(floorHour(row.at)) })))]);
    },
    async totals(from) {
      const rows = await sql.query<MachineTotal>(
        `select provider, min(hour) as since, sum(busy_ms) as "busyMs", sum(idle_ms) as "idleMs",
           sum(busy_cost_usd) as "busyCostUsd", sum(idle_cost_usd) as "idleCostUsd"
         from illm.gpu_time where hour >= $1 group by provider order by provider`,
        [iso(floorHour(from))],
      );
      return rows.map((row) => ({
        ...row,
        busyCostUsd: usdFromPico(picoFromUsd(row.busyCostUsd)),
        idleCostUsd: usdFromPico(picoFromUsd(row.idleCostUsd)),
      }));
    },
  };
}
