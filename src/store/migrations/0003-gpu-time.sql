-- How long the machines of self-hosted providers worked and idled, and what that cost.

create table illm.gpu_time (
  hour timestamptz(0) not null,
  provider text not null,
  busy_ms double precision not null,
  idle_ms double precision not null,
  busy_cost_usd numeric(30, 12) not null,
  idle_cost_usd numeric(30, 12) not null,
  primary key (hour, provider)
) with (fillfactor = 70);
