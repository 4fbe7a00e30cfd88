-- All changes of one step, or none of them: cases, their events and indexes, what is remembered, audit events, and
-- word to the office of what changed. KEYS[1]: any key of the hub, for its place in a cluster. ARGV[1]: prefix of keys;
-- ARGV[2]: the step as JSON; from ARGV[3]: sealed contents. Returns {'done'}, or what somebody else changed meanwhile.
local prefix, step = ARGV[1], cjson.decode(ARGV[2])
local function k(...) return prefix .. table.concat({...}, ':') end
local HITS, ALIASES, RECORDS = k('cases', 'hits'), k('cases', 'aliases'), k('cases', 'records')

for _, change in ipairs(step.changes) do
  if (redis.call('HGET', k('case', change.id), 'events') or '0') ~= tostring(change.expected) then
    return {'changed', tostring(change.id)}
  end
end
for name, counter in pairs(step.counters) do
  if (redis.call('GET', k(name, 'last')) or '0') ~= tostring(counter.was) then return {'numbers', name} end
end
for hit, case in pairs(step.seen_hits) do
  if (redis.call('HGET', HITS, hit) or '0') ~= tostring(case) then return {'hit', hit} end
end
for alias, case in pairs(step.seen_aliases) do
  if (redis.call('HGET', ALIASES, alias) or '0') ~= tostring(case) then return {'alias', alias} end
end

for name, counter in pairs(step.counters) do redis.call('SET', k(name, 'last'), tostring(counter.is)) end
for _, change in ipairs(step.changes) do
  local id, home = tostring(change.id), k('case', change.id)
  local before = redis.call('HGET', home, 'status')
  if before then redis.call('SREM', k('cases', 'status', before), id) end
  redis.call('SADD', k('cases', 'status', change.status), id)
  redis.call('HSET', home, 'case', change.case, 'status', change.status,
    'events', tostring(change.expected + #change.events))
  if change.content then redis.call('HSET', home, 'content', ARGV[2 + change.content]) end
  for _, event in ipairs(change.events) do redis.call('RPUSH', k('case', id, 'events'), event) end
  for name, at in pairs(change.times) do
    if at == '' then redis.call('ZREM', k('cases', name), id) else redis.call('ZADD', k('cases', name), at, id) end
  end
  for _, state in ipairs(change.states) do redis.call('SADD', k('cases', 'state', state), id) end
  for _, entry in ipairs(change.left_entries) do redis.call('SREM', k('cases', 'entry', entry), id) end
  for _, entry in ipairs(change.entries) do redis.call('SADD', k('cases', 'entry', entry), id) end
  for _, record in ipairs(change.records) do redis.call('HSET', RECORDS, record, id) end
  for _, hit in ipairs(change.hits) do redis.call('HSET', HITS, hit, id) end
  for _, alias in ipairs(change.aliases) do redis.call('HSET', ALIASES, alias, id) end
  if #change.aliases > 0 then redis.call('SADD', k('case', id, 'aliases'), unpack(change.aliases)) end
  if change.told then
    redis.call('XADD', k('case-changes'), '*', 'case', id, 'first', tostring(change.expected + 1),
      'last', tostring(change.expected + #change.events))
  end
  redis.call('XADD', k('case-feed'), 'MAXLEN', '~', '10000', '*', 'case', id)
end
for _, each in ipairs(step.remembered) do
  redis.call('HSET', k('memory', 'decisions'), tostring(each.number), each.decision)
  for _, pair in ipairs(each.pairs) do redis.call('SADD', k('memory', 'pair', pair), tostring(each.number)) end
end
for number, count in pairs(step.quieted) do redis.call('HINCRBY', k('memory', 'quieted'), number, count) end
for _, event in ipairs(step.audit) do redis.call('XADD', k('audit'), '*', 'event', event) end
return {'done'}
