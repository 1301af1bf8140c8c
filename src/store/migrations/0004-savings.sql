-- What the levers saved: on each call, and summed up.

-- Dollars by lever, as JSON text; null where no decision has a saving, as with most calls.
alter table illm.calls add column savings jsonb;

create index calls_saved on illm.calls (started_at) where savings is not null;

create table illm.savings_hourly (
  hour timestamptz(0) not null,
  dims uuid not null,
  -- The stage's name. Null sums up all levers: a call that two of them touched counts once there.
  lever text,
  provider text,
  model text,
  requested_model text not null,
  team text,
  user_name text,
  key text,
  key_name text,
  calls bigint not null,
  saved_usd numeric(30, 12) not null,
  primary key (hour, dims)
) with (fillfactor = 70);
