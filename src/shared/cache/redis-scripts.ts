/**
 * What must happen at once in Redis. All keys share one hash tag, so that a cluster keeps them on one node.
 *
 * `used` orders the answers by their last use, `ends` by their expiry, `sizes` holds their bytes, `total` the sum.
 */
export const KEYS = {
  used: '{illm-cache}:used',
  ends: '{illm-cache}:ends',
  sizes: '{illm-cache}:sizes',
  total: '{illm-cache}:total',
  value: '{illm-cache}:v:',
  lease: '{illm-cache}:l:',
} as const;

const FORGET = `
local function forget(name)
  local size = redis.call('HGET', KEYS[3], name)
  redis.call('DEL', KEYS[5] .. name)
  redis.call('ZREM', KEYS[1], name)
  redis.call('ZREM', KEYS[2], name)
  if size then
    redis.call('HDEL', KEYS[3], name)
    redis.call('DECRBY', KEYS[4], size)
  end
end
local function sweep(now)
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)) do forget(name) end
end`;

/** ARGV: name, value, time to live, bytes, most bytes. The time is Redis' own, since clocks of machines differ. */
export const PUT = `${FORGET}
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local name, ttl, size, most = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
sweep(now)
forget(name)
redis.call('SET', KEYS[5] .. name, ARGV[2], 'PX', ttl)
redis.call('ZADD', KEYS[1], now, name)
redis.call('ZADD', KEYS[2], now + ttl, name)
redis.call('HSET', KEYS[3], name, size)
local total = redis.call('INCRBY', KEYS[4], size)
while total > most do
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0)[1]
  if not oldest then break end
  forget(oldest)
  total = tonumber(redis.call('GET', KEYS[4]) or '0')
end
return 1`;

/** ARGV: name. */
export const GET = `
local value = redis.call('GET', KEYS[5] .. ARGV[1])
if value then
  local clock = redis.call('TIME')
  redis.call('ZADD', KEYS[1], 'XX', clock[1] * 1000 + math.floor(clock[2] / 1000), ARGV[1])
end
return value`;

/** ARGV: most answers to forget. Gives how many were forgotten. */
export const CLEAR = `${FORGET}
local names = redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1)
for _, name in ipairs(names) do forget(name) end
return #names`;

export const SIZE = `${FORGET}
local clock = redis.call('TIME')
sweep(clock[1] * 1000 + math.floor(clock[2] / 1000))
return { redis.call('ZCARD', KEYS[1]), tonumber(redis.call('GET', KEYS[4]) or '0') }`;

/** KEYS: the lease. ARGV: its holder. */
export const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/** KEYS: the lease. ARGV: its holder, time to live. */
export const RENEW = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`;
