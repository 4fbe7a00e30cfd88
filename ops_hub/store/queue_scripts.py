"""What the queue does inside the server, in Lua: each script happens whole or not at all, whoever is killed meanwhile.

Reach for them through `queue`. Units wait in streams, one for each pair of quarter hours (departure-arrival, x where it is
not known): so the walk can tell at any moment which of the two is the next to come, and nothing must be moved when a
departure passes. Each script works in one partition; the caller names it by keys and the start of the streams' names.
"""

from __future__ import annotations

# KEYS seen, buckets, stream, counts. ARGV bucket, seconds that a unit is known, then the fields.
SUBMIT = """
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then
  redis.call('HINCRBY', KEYS[4], 'duplicates', 1)
  return 0
end
if redis.call('ZADD', KEYS[2], 0, ARGV[1]) == 1 then
  redis.pcall('XGROUP', 'CREATE', KEYS[3], 'workers', '0', 'MKSTREAM')
end
local t = redis.call('TIME')
redis.call('XADD', KEYS[3], '*', 'at', t[1] .. string.format('%06d', tonumber(t[2])), unpack(ARGV, 3))
redis.call('HINCRBY', KEYS[4], 'accepted', 1)
return 1
"""

_LOOK = """
local t = redis.call('TIME')
local lists, rules = redis.call('GET', KEYS[1]) or '', redis.call('GET', KEYS[2]) or ''
local others = redis.call('ZCOUNT', KEYS[3], tonumber(t[1]) - tonumber(ARGV[1]), '+inf')
"""

# KEYS snapshot, ruleset, workers. ARGV seconds after which a silent worker counts no more. What is published, how many work.
LOOK = f"{_LOOK}return {{t[1], t[2], lists, rules, others}}"

# Those to come, nearest first; then those past, nearest first. A unit without times is due now, but such units are at
# most half of what is taken while others wait: a flood of messages that cannot be read must not hold up the good ones. A
# worker takes no more than its share of what waits, so that the others have something to do.
_TAKE = """
local now, items = tonumber(t[1]), {}
local quarter, ranked, total = math.floor(now / 900), {}, 0
for _, name in ipairs(redis.call('ZRANGE', buckets, 0, -1)) do
  local leaves, lands = string.match(name, '^(%w+)-(%w+)$')
  leaves, lands = tonumber(leaves), tonumber(lands)
  local rank
  if leaves and leaves >= quarter then rank = leaves - quarter
  elseif lands and lands >= quarter then rank = lands - quarter
  elseif not leaves and not lands then
    rank = 0
    ranked[#ranked + 1] = {2000000000, name, 1}
  else rank = 1000000000 + quarter - math.max(leaves or 0, lands or 0) end
  ranked[#ranked + 1] = {rank, name, (leaves or lands) and 1 or 0.5}
  total = total + redis.call('XLEN', start .. name)
end
table.sort(ranked, function(a, b) if a[1] ~= b[1] then return a[1] < b[1] end return a[2] < b[2] end)
local most = math.min(most_units, math.max(1, math.ceil(total / math.max(1, others))))
local rows = 0
for _, each in ipairs(ranked) do
  local here = #items + math.ceil(most * each[3])
  while #items < math.min(most, here) and rows < most_rows do
    local found = redis.call('XREADGROUP', 'GROUP', 'workers', worker, 'COUNT', 1, 'STREAMS', start .. each[2], '>')
    if not found then break end
    local item = found[1][2][1]
    items[#items + 1] = {each[2], item[1], item[2], 1}
    for k = 1, #item[2], 2 do
      if item[2][k] == 'rows' then rows = rows + tonumber(item[2][k + 1]) end
    end
  end
  if #items >= most or rows >= most_rows then break end
end
"""

# KEYS buckets. ARGV how many workers there are, start of the streams' names, worker, most units, most rows.
TAKE = f"""
local t, buckets, others = redis.call('TIME'), KEYS[1], tonumber(ARGV[1])
local start, worker, most_units, most_rows = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
{_TAKE}return {{t[1], t[2], items}}
"""

# The two in one exchange, for a hub of one partition. KEYS of LOOK, buckets. ARGV of LOOK, of TAKE from the second on, what
# the worker screens with ('' nothing), what it refused.
LOOK_AND_TAKE = f"""{_LOOK}
local buckets, published = KEYS[4], lists .. ' ' .. rules
if ARGV[6] == '' or (published ~= ARGV[6] and published ~= ARGV[7]) then return {{t[1], t[2], lists, rules, {{}}}} end
local start, worker, most_units, most_rows = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
{_TAKE}return {{t[1], t[2], lists, rules, items}}
"""

# KEYS buckets. ARGV start of the streams' names, worker, idle milliseconds. One unit at a time: where one kills its
# worker, no other is counted as tried.
RECLAIM = """
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local stream, cursor = ARGV[1] .. name, '0-0'
  repeat
    local found = redis.call('XAUTOCLAIM', stream, 'workers', ARGV[2], ARGV[3], cursor, 'COUNT', 1)
    cursor = found[1]
    local item = found[2][1]
    if item then
      local told = redis.call('XPENDING', stream, 'workers', item[1], item[1], 1)
      return {name, item[1], item[2], told[1][4]}
    end
  until cursor == '0-0'
end
return {}
"""

# KEYS stream, buckets, counts, minute, then targets. ARGV id, bucket, how many counts, name and number of each, then for
# each entry: which target, how many fields and values, and these. Nothing happens where somebody else was first.
COMMIT = """
if redis.call('XACK', KEYS[1], 'workers', ARGV[1]) == 0 then return 0 end
local at = 4
for _ = 1, tonumber(ARGV[3]) do
  redis.call('HINCRBY', KEYS[3], ARGV[at], ARGV[at + 1])
  redis.call('HINCRBY', KEYS[4], ARGV[at], ARGV[at + 1])
  at = at + 2
end
redis.call('EXPIRE', KEYS[4], 7200)
while at <= #ARGV do
  local target, many = KEYS[4 + tonumber(ARGV[at])], tonumber(ARGV[at + 1])
  redis.call('XADD', target, '*', unpack(ARGV, at + 2, at + 1 + many))
  at = at + 2 + many
end
redis.call('XDEL', KEYS[1], ARGV[1])
if redis.call('XLEN', KEYS[1]) == 0 then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[2])
end
return 1
"""

# KEYS workers, the worker's own. ARGV worker, seconds that it lives, JSON of what it says.
BEAT = """
local t = redis.call('TIME')
redis.call('ZADD', KEYS[1], t[1], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', tonumber(t[1]) - 86400)
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[2])
return 1
"""

# KEYS buckets. ARGV start of the streams' names, worker, then bucket and id of each unit that it holds: their idle time
# begins anew, so that nobody robs a slow worker.
HOLD = """
for k = 3, #ARGV, 2 do redis.pcall('XCLAIM', ARGV[1] .. ARGV[k], 'workers', ARGV[2], 0, ARGV[k + 1], 'JUSTID') end
return 1
"""

# KEYS buckets. ARGV start of the streams' names, worker, then either nothing or bucket and id: what a worker held (or one
# unit) may be taken by others at once.
ABANDON = """
local many = 0
local function free(stream, id)
  redis.pcall('XCLAIM', stream, 'workers', ARGV[2], 0, id, 'IDLE', 86400000, 'JUSTID')
  many = many + 1
end
if #ARGV > 2 then free(ARGV[1] .. ARGV[3], ARGV[4]) return many end
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  for _, each in ipairs(redis.call('XPENDING', ARGV[1] .. name, 'workers', '-', '+', 1000, ARGV[2])) do
    free(ARGV[1] .. name, each[1])
  end
end
return many
"""

# KEYS dead, buckets. ARGV id of a dead letter, start of the streams' names of units.
REQUEUE = """
local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])
if not found[1] then return 0 end
local stream, fields = nil, {}
for k = 1, #found[1][2], 2 do
  local name, value = found[1][2][k], found[1][2][k + 1]
  if name == 'stream' then stream = value end
  if string.sub(name, 1, 2) == 'f:' then
    fields[#fields + 1] = string.sub(name, 3)
    fields[#fields + 1] = value
  end
end
if string.sub(stream, 1, #ARGV[2]) == ARGV[2] then
  redis.call('ZADD', KEYS[2], 0, string.sub(stream, #ARGV[2] + 1))
  redis.pcall('XGROUP', 'CREATE', stream, 'workers', '0', 'MKSTREAM')
end
redis.call('XADD', stream, '*', unpack(fields))
redis.call('XDEL', KEYS[1], ARGV[1])
return 1
"""
