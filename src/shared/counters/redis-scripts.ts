/** Sums an account, and forgets its old buckets and ended reservations. Integers up to 2^53 are exact in Lua. */
const SUM = `
local function sum(key, oldest, now)
  local used, reserved, buckets = 0, 0, {}
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    local field, value = all[i], all[i + 1]
    local kind, rest = field:sub(1, 2), field:sub(3)
    if kind == 'b:' then
      if tonumber(rest) < oldest then redis.call('HDEL', key, field)
      else
        used = used + tonumber(value)
        buckets[#buckets + 1] = { tonumber(rest), tonumber(value) }
      end
    else
      local amount, untilAt = value:match('^(%S+) (%S+)$')
      if tonumber(untilAt) <= now then redis.call('HDEL', key, field)
      else reserved = reserved + tonumber(amount) end
    end
  end
  return used, reserved, buckets
end
local function int(n) return string.format('%.0f', n) end
`;

/**
 * KEYS: accounts, then the marks of what must have been seeded. ARGV: id, now, until, kept ms, number of accounts, then
 * amount, limit, oldest of each. Answer: index refused or 0, bucket that frees it, sums; -1 when a mark is missing.
 */
export const RESERVE = `${SUM}
local accounts = tonumber(ARGV[5])
local refused, freed, sums = 0, '', {}
for i = accounts + 1, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 0 then return { '-1' } end
end
for i = 1, accounts do
  redis.call('HDEL', KEYS[i], 'r:' .. ARGV[1])
  local amount, limit, oldest = tonumber(ARGV[3 * i + 3]), tonumber(ARGV[3 * i + 4]), tonumber(ARGV[3 * i + 5])
  local used, reserved, buckets = sum(KEYS[i], oldest, tonumber(ARGV[2]))
  sums[2 * i - 1], sums[2 * i] = int(used), int(reserved)
  if refused == 0 and used + reserved + amount > limit then
    refused = i
    local left = used + reserved + amount - limit
    table.sort(buckets, function(a, b) return a[1] < b[1] end)
    for _, bucket in ipairs(buckets) do
      left = left - bucket[2]
      if left <= 0 and freed == '' then freed = int(bucket[1]) end
    end
  end
end
if refused == 0 then
  for i = 1, accounts do
    redis.call('HSET', KEYS[i], 'r:' .. ARGV[1], ARGV[3 * i + 3] .. ' ' .. ARGV[3])
    redis.call('PEXPIRE', KEYS[i], ARGV[4])
  end
end
return { tostring(refused), freed, unpack(sums) }
`;

/** ARGV: until, kept ms, ids. */
export const RENEW = `
for i = 1, #KEYS do
  for j = 3, #ARGV do
    local field = 'r:' .. ARGV[j]
    local value = redis.call('HGET', KEYS[i], field)
    if value then redis.call('HSET', KEYS[i], field, value:match('^(%S+)') .. ' ' .. ARGV[1]) end
  end
  redis.call('PEXPIRE', KEYS[i], ARGV[2])
end
return 1
`;

/** ARGV: id, kept ms, then key index, bucket and amount of what was used. */
export const SETTLE = `
for i = 1, #KEYS do redis.call('HDEL', KEYS[i], 'r:' .. ARGV[1]) end
for j = 3, #ARGV, 3 do
  if ARGV[j + 2] ~= '0' then
    redis.call('HINCRBY', KEYS[tonumber(ARGV[j])], 'b:' .. ARGV[j + 1], ARGV[j + 2])
    redis.call('PEXPIRE', KEYS[tonumber(ARGV[j])], ARGV[2])
  end
end
return 1
`;

/** ARGV: now, then the oldest bucket of each account. */
export const READ = `${SUM}
local sums = {}
for i = 1, #KEYS do
  local used, reserved = sum(KEYS[i], tonumber(ARGV[i + 1]), tonumber(ARGV[1]))
  sums[2 * i - 1], sums[2 * i] = int(used), int(reserved)
end
return sums
`;

/** KEYS: the mark, then accounts. ARGV: kept ms, then bucket and amount of what was used before, for each account. */
export const SEED = `
if not redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return 0 end
for i = 2, #KEYS do
  redis.call('HINCRBY', KEYS[i], 'b:' .. ARGV[2 * i - 2], ARGV[2 * i - 1])
  redis.call('PEXPIRE', KEYS[i], ARGV[1])
end
return 1
`;

/** ARGV: kept ms, then oldest and newest bucket and what was used, for each account. */
export const RAISE = `${SUM}
for i = 1, #KEYS do
  local used = sum(KEYS[i], tonumber(ARGV[3 * i - 1]), -1)
  local missing = tonumber(ARGV[3 * i + 1]) - used
  if missing > 0 then
    redis.call('HINCRBY', KEYS[i], 'b:' .. ARGV[3 * i], int(missing))
    redis.call('PEXPIRE', KEYS[i], ARGV[1])
  end
end
return 1
`;

export const EXISTS = `return redis.call('EXISTS', KEYS[1])`;
