import { script } from './connection.js';

/** Seconds that a replaced world is kept for the calls that began in it; none may wait longer. */
const OLD_WORLD_S = 1800;

/** Seconds for which a write is known again; a process gives one up long before. */
const DONE_S = 60;

/** Seconds for which a deleted workspace is known to have been, so that every process sees that it is gone. */
const DELETED_S = 2_592_000;

/** Makes a key of a replaced world end with the calls that began in it. */
const OF_THIS_WORLD = `
local function keepWhile(current, generation, ...)
  if (redis.call('GET', current) or '1') == generation then return end
  for _, key in ipairs({...}) do redis.call('EXPIRE', key, ${OLD_WORLD_S}) end
end
`;

/** Seconds without a call after which a journal is let go of. */
const LOG_S = 604_800;

/** Seconds by which that may be shorter, so that not every record moves its end. */
const LOG_STEP_S = 60;

/** How many lost answers are remembered. */
const LOST_ANSWERS = 10_000;

/**
 * Writes a field of a hash if it is still as it was read: compare-and-set.
 *
 *     A: read tag 1 ── decide ── write tag A1 if tag 1: kept
 *     B: read tag 1 ── decide ── write tag B1 if tag 1: changed, here is A1 ── decide ── …
 *
 * A write that is repeated, since its reply was lost, finds its own mark and is not done a second time, also where
 * others have written since.
 *
 * KEYS: current generation, hash, sorted index of the fields (the hash itself for none), mark of this write.
 * ARGV: generation, field, tag expected, value (empty to remove), how many fields at most, key for a damaged value.
 */
const WRITE_FIELD = `
local current, values, index, mark = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local generation, field, expected, value, limit, aside = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]
if redis.call('EXISTS', mark) == 1 then return {'kept'} end
local before = redis.call('HGET', values, field)
if aside ~= '' then
  if before then redis.call('HSET', aside, field, before) end
elseif (before and string.match(before, '^[^\\n]*') or '') ~= expected then
  return {'changed', before or false}
end
if value == '' then
  redis.call('HDEL', values, field)
  if index ~= values then redis.call('ZREM', index, field) end
else
  if not before and index ~= values then
    local count = redis.call('ZCARD', index)
    if count >= limit then return {'full', tostring(count)} end
    redis.call('ZADD', index, 0, field)
  end
  redis.call('HSET', values, field, value)
end
redis.call('SET', mark, '', 'EX', ${DONE_S})
keepWhile(current, generation, values, index)
return {'kept'}
`;

export const writeField = script(OF_THIS_WORLD + WRITE_FIELD);

/** So many changes of orders are remembered for those who send webhooks or list them; about, which is faster. */
const HOOKS = 10_000;

/**
 * The same for an order that has events to be sent: in the same write, they are told of to the process that sends them.
 * What only the sender may write is refused to one that was held, and has lost its turn meanwhile.
 *
 * KEYS: the same, stream of changed orders, turn. ARGV: the same, order number, the turn that must last (empty for none),
 * channel of the sender.
 */
export const writeOrderWithHooks = script(`${OF_THIS_WORLD}
local function writeField() ${WRITE_FIELD} end
if ARGV[8] ~= '' and redis.call('GET', KEYS[6]) ~= ARGV[8] then return {'lost'} end
local written = writeField()
if written[1] == 'kept' then
  redis.call('XADD', KEYS[5], 'MAXLEN', '~', ${HOOKS}, '*', 'o', ARGV[7])
  redis.call('EXPIRE', KEYS[5], ${LOG_S})
  keepWhile(KEYS[1], ARGV[1], KEYS[5])
  if ARGV[8] == '' then redis.call('PUBLISH', ARGV[9], '') end
end
return written
`);

/**
 * What a call asks first: which world is the current one, and its settings where they are not known yet.
 *
 * KEYS: current generation. ARGV: prefix of the workspace's keys, key and field of the settings, generation known, tag of
 * the settings known.
 */
export const enterWorld = script(`
local generation = redis.call('GET', KEYS[1]) or '1'
local kept = redis.call('HGET', ARGV[1] .. generation .. ':' .. ARGV[2], ARGV[3])
local tag = kept and string.match(kept, '^[^\\n]*') or ''
if generation == ARGV[4] and tag == ARGV[5] then return {generation} end
return {generation, kept}
`);

/** KEYS: current generation, hash of series. ARGV: generation, series. */
export const nextOfSeries = script(`${OF_THIS_WORLD}
local number = redis.call('HINCRBY', KEYS[2], ARGV[2], 1)
keepWhile(KEYS[1], ARGV[1], KEYS[2])
return tostring(number)
`);

/** KEYS: last request id. ARGV: milliseconds of now. */
export const nextRequestId = script(`
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
local text = string.format('%.0f', math.max(last + 1, tonumber(ARGV[1])))
redis.call('SET', KEYS[1], text)
return text
`);

/**
 * Gives a workspace its next world: from here on every process sees it. Keys of contents, which were written
 * beforehand, take their places.
 *
 * KEYS: current generation, mark of this write. ARGV: prefix of the workspace's keys, prefix of the contents (empty for
 * none), names of keys of a world, one each.
 */
export const replaceWorld = script(`
local done = redis.call('GET', KEYS[2])
if done then return done end
local old = redis.call('GET', KEYS[1]) or '1'
local new = tostring(tonumber(old) + 1)
redis.call('SET', KEYS[1], new)
for i = 3, #ARGV do
  redis.call('EXPIRE', ARGV[1] .. old .. ':' .. ARGV[i], ${OLD_WORLD_S})
  if ARGV[2] ~= '' and redis.call('EXISTS', ARGV[2] .. ARGV[i]) == 1 then
    redis.call('RENAME', ARGV[2] .. ARGV[i], ARGV[1] .. new .. ':' .. ARGV[i])
    redis.call('PERSIST', ARGV[1] .. new .. ':' .. ARGV[i])
  end
end
redis.call('SET', KEYS[2], new, 'EX', ${DONE_S})
redis.call('PUBLISH', ARGV[1] .. 'news', '')
return new
`);

/** The same for a workspace that is deleted: its next world is one that holds nothing, and is forgotten in the end. */
export const deleteWorld = script(`
local old = redis.call('GET', KEYS[1]) or '1'
if redis.call('EXISTS', KEYS[2]) == 1 then return old end
redis.call('SET', KEYS[1], tostring(tonumber(old) + 1), 'EX', ${DELETED_S})
for i = 2, #ARGV do redis.call('EXPIRE', ARGV[1] .. old .. ':' .. ARGV[i], ${OLD_WORLD_S}) end
redis.call('SET', KEYS[2], '', 'EX', ${DONE_S})
redis.call('PUBLISH', ARGV[1] .. 'news', '')
return old
`);

/**
 * Adds a record to the log of a world. Records are numbered without gaps, so that a reader sees when some are gone; the
 * oldest go when there are too many, or too many bytes of them.
 *
 * KEYS: current generation, log, state of the log. ARGV: generation, text, how many records, how many bytes, whether
 * the records before it go, channel for news.
 */
export const appendToLog = script(`${OF_THIS_WORLD}
local log, state = KEYS[2], KEYS[3]
if ARGV[5] == '1' then redis.call('XTRIM', log, 'MAXLEN', 0) end
local number = redis.call('HINCRBY', state, 'number', 1)
redis.call('XADD', log, number .. '-1', 't', ARGV[2])
local count = redis.call('XLEN', log)
local bytes = #ARGV[2]
if count > 1 then bytes = bytes + tonumber(redis.call('HGET', state, 'bytes') or '0') end
while count > 1 and (count > tonumber(ARGV[3]) or bytes > tonumber(ARGV[4])) do
  local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  redis.call('XDEL', log, oldest[1])
  bytes = bytes - #oldest[2][2]
  count = count - 1
end
redis.call('HSET', state, 'bytes', bytes)
if redis.call('TTL', log) < ${LOG_S} - ${LOG_STEP_S} then redis.call('EXPIRE', log, ${LOG_S}) end
keepWhile(KEYS[1], ARGV[1], log, state)
redis.call('PUBLISH', ARGV[6], '')
return number
`);

/** Remembers a lost answer; where there are too many, some other is forgotten. KEYS: current generation, hash. */
export const noteLostAnswer = script(`${OF_THIS_WORLD}
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
if redis.call('HLEN', KEYS[2]) > ${LOST_ANSWERS} then redis.call('HDEL', KEYS[2], redis.call('HRANDFIELD', KEYS[2])) end
redis.call('EXPIRE', KEYS[2], ${LOG_S})
keepWhile(KEYS[1], ARGV[1], KEYS[2])
`);

/** The clock of Redis, in milliseconds: those of the processes need not agree. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * Takes or renews the turn to send the webhooks of a world, which ends by itself.
 *
 *     A: takes turn A1 ── sends ── is held …                      ── notes with turn A1: refused
 *     B:                              A1 ends ── takes turn B1 ── sends
 *
 * Who wants it while another has it leaves its name; then nobody else takes it, and who has it leaves it.
 *
 * KEYS: current generation, turn, who wants it. ARGV: generation, turn to renew (empty for none), turn to take, name of
 * who asks, whether it waits (1), milliseconds of a turn, milliseconds of a wish, channel.
 */
export const takeTurn = script(`
if (redis.call('GET', KEYS[1]) or '1') ~= ARGV[1] then return 'over' end
local turn, wanted = redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3])
local isWanted = wanted and wanted ~= ARGV[4]
if ARGV[2] ~= '' then
  if turn ~= ARGV[2] then return 'lost' end
  redis.call('PEXPIRE', KEYS[2], ARGV[6])
  return isWanted and 'wanted' or 'held'
end
if turn == ARGV[3] then return 'held' end
if not turn and not isWanted then
  redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[6])
  redis.call('DEL', KEYS[3])
  return 'held'
end
if ARGV[5] == '1' and not isWanted then
  redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[7])
  redis.call('PUBLISH', ARGV[8], '')
end
return 'taken'
`);

/** KEYS: turn, who wants it. ARGV: turn to leave, channel. */
export const leaveTurn = script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('PUBLISH', ARGV[2], '') end
`);

/**
 * Says when some process must look after the webhooks of a workspace.
 * KEYS: looks. ARGV: workspace, milliseconds from now (empty for never), LT where an earlier look stays.
 */
export const lookAfter = script(`${NOW}
if ARGV[2] == '' then return redis.call('ZREM', KEYS[1], ARGV[1]) end
local at = string.format('%.0f', now + tonumber(ARGV[2]))
if ARGV[3] == 'LT' then return redis.call('ZADD', KEYS[1], 'LT', at, ARGV[1]) end
return redis.call('ZADD', KEYS[1], at, ARGV[1])
`);

/**
 * Workspaces that some process must look after now. Others are told of them only where this one does not.
 * KEYS: looks. ARGV: milliseconds that it has for that, how many workspaces.
 */
export const takeLooks = script(`${NOW}
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[2])
for _, workspace in ipairs(found) do
  redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[1])), workspace)
end
return found
`);
