-- What calls with a key may cost and how often they may be made; null: no limits of its own.

alter table illm.keys add column limits jsonb;
