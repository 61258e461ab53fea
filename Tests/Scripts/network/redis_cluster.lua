-- skynet.db.redis.cluster against two real servers, which are started and joined for the purpose.
-- Ends in `TEST OK redis_cluster` or `TEST FAILED redis_cluster: why`.

local skynet = require "skynet"
local cases = require "cases"
local redis = require "skynet.db.redis"
local rediscluster = require "skynet.db.redis.cluster"
local redis_server = require "redis_server"

local HOST = "127.0.0.1"
local LAST_SLOT = 16383
local OPTIONS = { "--cluster-enabled yes" }

local function await_cluster(link)
	for _ = 1, 600 do
		if link:cluster("info"):find "cluster_state:ok" then
			return
		end
		skynet.sleep(5)
	end
	error "the cluster does not come up"
end

-- The first server gets the lower half of the slots, the second the upper.
local function join(one, two)
	local first = redis.connect { host = HOST, port = one }
	local second = redis.connect { host = HOST, port = two }
	first:cluster("addslotsrange", 0, LAST_SLOT // 2)
	second:cluster("addslotsrange", LAST_SLOT // 2 + 1, LAST_SLOT)
	second:cluster("set-config-epoch", 2)
	first:cluster("meet", HOST, two)
	await_cluster(first)
	await_cluster(second)
	return first, second
end

local function check_slots(db)
	assert(db:keyslot "123456789" == 0x31c3 % 16384)
	assert(db:keyslot "{user}.a" == db:keyslot "user" and db:keyslot "a{user}b{c}" == db:keyslot "user")
	assert(db:keyslot "{}a" ~= db:keyslot "")
	assert(db:get_key_from_command { "GET", "a" } == "a")
	assert(db:get_key_from_command { "eval", "return 1", 1, "b" } == "b")
	assert(not pcall(db.info, db))
end

local function check_commands(db)
	for i = 1, 100 do
		assert(db:set("key" .. i, i) == "OK")
	end
	for i = 1, 100 do
		assert(db:get("key" .. i) == tostring(i))
	end
	assert(db:hmset { "{h}1", "field", "value" } == "OK")
	assert(db:eval("return redis.call('get', KEYS[1])", 1, "key7") == "7")
	assert(db:pipeline { { "set", "{p}a", 1 }, { "incr", "{p}a" }, { "get", "{p}a" } } == "2")
	local ok, why = pcall(db.incr, db, "{h}1")
	assert(not ok and why:find "^WRONGTYPE")
	ok, why = pcall(db.eval, db, "return {1, {err='WRONGTYPE mine'}}", 1, "key7")
	assert(not ok and why[1] == 1 and why[2] == "WRONGTYPE mine")
end

-- What is remembered wrongly is put right by the servers.
local function check_moves(db)
	local slot = db:keyslot "key1"
	local right = db.slots[slot]
	for _, node in ipairs(db.startup_nodes) do
		if node.name ~= right.name then
			db.slots[slot] = node
		end
	end
	assert(db:get "key1" == "1")
	assert(db.slots[slot].name == right.name)
	db:flush_slots_cache()
	assert(db:get "key2" == "2")
	db:close_all_connection()
	assert(db:get "key3" == "3")
end

local function check_messages(db, heard, token)
	db:subscribe "news"
	local watch = db:get_watch_connection_by_slot(db:keyslot "news")
	assert(watch == db:get_watch_connection(db.slots[db:keyslot "news"]))
	while db:get_random_connection():publish("news", "ready?") == 0 and #heard == 0 do
		skynet.yield()
	end
	if #heard == 0 then
		skynet.wait(token)
	end
	assert(heard[1] == "news ready?")
end

local function run(one, two)
	local first, second = join(one, two)
	local heard, token = {}, {}
	local db = rediscluster.new({ { host = HOST, port = one } }, {}, function(message, channel)
		table.insert(heard, channel .. " " .. message)
		skynet.wakeup(token)
	end)
	check_slots(db)
	check_commands(db)
	check_moves(db)
	check_messages(db, heard, token)
	db:close_all_connection()
	first:disconnect()
	second:disconnect()
end

cases.report("redis_cluster", function()
	redis_server.with_one(OPTIONS, function(one)
		redis_server.with_one(OPTIONS, function(two)
			run(one, two)
		end)
	end)
end)
