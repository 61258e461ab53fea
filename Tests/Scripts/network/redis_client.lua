-- skynet.db.redis against a real server, which is started for the purpose.
-- Ends in `TEST OK redis_client` or `TEST FAILED redis_client: why`.

local skynet = require "skynet"
local cases = require "cases"
local redis = require "skynet.db.redis"

local redis_server = require "redis_server"

local conf = { host = "127.0.0.1", db = 1 }

local CASE = {}

function CASE.commands_are_methods(db)
	assert(db:set("a", "1") == "OK")
	assert(db:get "a" == "1")
	assert(db:GET "no such key" == nil)
	assert(db:exists "a" == true and db:exists "no such key" == false)
	assert(db:incrby("a", 41) == 42)
	assert(db:sadd("s", "x", "y") == 2)
	assert(db:sismember("s", "x") == true and db:sismember("s", "z") == false)
	assert(db:set("binary", "\r\n\0$1\r\n") == "OK" and db:get "binary" == "\r\n\0$1\r\n")
	assert(db:hmset("h", "one", 1, "two", 2) == "OK")
	assert(db:hmset { "h", "three", 3 } == "OK")
	local values = db:hmget("h", "one", "no", "three")
	assert(values[1] == "1" and values[2] == nil and values[3] == "3")
	assert(#db:lrange("empty", 0, -1) == 0)
	assert(db:ping() == "PONG")
end

function CASE.errors_are_raised_and_cost_nothing_else(db)
	db:set("text", "text")
	local ok, why = pcall(db.incr, db, "text")
	assert(not ok and why:find "^ERR value is not an integer")
	assert(not pcall(db.nosuchcommand, db))
	assert(not pcall(db.set, db, "key", nil))
	assert(db:get "text" == "text")
end

function CASE.transactions(db)
	assert(db:multi() == "OK")
	assert(db:set("t", "1") == "QUEUED")
	assert(db:incr "t" == "QUEUED")
	local results = db:exec()
	assert(results[1] == "OK" and results[2] == 2)
end

-- One failed command is one element of the replies; all of them are what is raised.
function CASE.errors_stay_in_their_place(db)
	local function check(replies)
		assert(#replies == 3 and replies[1] == "OK" and replies[2]:find "^WRONGTYPE" and replies[3] == 2)
	end
	db:set("n", 1)
	db:multi()
	db:set("text", "text")
	db:lpush("text", "x")
	db:incr "n"
	local ok, replies = pcall(db.exec, db)
	assert(not ok)
	check(replies)
	local results = db:pipeline({
		{ "multi" }, { "set", "text", "text" }, { "lpush", "text", "x" }, { "decr", "n" }, { "incr", "n" }, { "exec" },
	}, {})
	assert(#results == 6 and results[6].ok == false and #results[6].out == 4)
	assert(results[6].out[2]:find "^WRONGTYPE" and results[6].out[4] == 2)
	local script = "return {{ok='OK'}, {err='WRONGTYPE mine'}, 2, {1, {err='ERR inside'}}}"
	ok, replies = pcall(db.eval, db, script, 0)
	assert(not ok and replies[1] == "OK" and replies[2] == "WRONGTYPE mine" and replies[3] == 2)
	assert(replies[4][1] == 1 and replies[4][2] == "ERR inside")
	-- The connection is none the worse for it.
	assert(db:get "n" == "2")
end

function CASE.pipelines(db)
	assert(db:pipeline { { "set", "p", 1 }, { "incr", "p" }, { "get", "p" } } == "2")
	local results = db:pipeline({ { "set", "p", "x" }, { "incr", "p" }, { "get", "p" } }, {})
	assert(results[1].ok and results[1].out == "OK")
	assert(results[2].ok == false and results[2].out:find "^ERR")
	assert(results[3].ok and results[3].out == "x")
end

function CASE.long_argument_lists(db)
	local arguments = { "long" }
	for i = 1, 20000 do
		arguments[#arguments + 1] = "field" .. i
		arguments[#arguments + 1] = i
	end
	assert(db:hmset(arguments) == "OK")
	assert(#db:hgetall "long" == 40000)
end

function CASE.many_coroutines_share_a_connection(db)
	local done, token = 0, {}
	for i = 1, 100 do
		skynet.fork(function()
			assert(db:set("k" .. i, i) == "OK")
			assert(db:get("k" .. i) == tostring(i))
			done = done + 1
			if done == 100 then
				skynet.wakeup(token)
			end
		end)
	end
	skynet.wait(token)
end

function CASE.a_lost_connection_is_restored(db)
	local other = redis.connect(conf)
	local id = db:client "id"
	assert(other:client("kill", "id", id) == 1)
	other:disconnect()
	local ok, answer
	repeat
		ok, answer = pcall(db.ping, db)
	until ok
	assert(answer == "PONG")
	-- The database was chosen again.
	db:set("where", "db 1")
	assert(db:get "where" == "db 1")
end

function CASE.watchers_hear_what_is_published(db)
	local watch = redis.watch(conf)
	watch:subscribe("news", "sport")
	watch:psubscribe "w*"
	local heard, token = {}, {}
	skynet.fork(function()
		for _ = 1, 3 do
			heard[#heard + 1] = table.concat({ watch:message() }, " ")
		end
		skynet.wakeup(token)
	end)
	while db:pubsub("numpat") == 0 do
		skynet.yield()
	end
	assert(db:publish("news", "hello") == 1)
	assert(db:publish("weather", "rain") == 1)
	assert(db:publish("sport", "goal") == 1)
	if #heard < 3 then
		skynet.wait(token)
	end
	assert(heard[1] == "hello news")
	assert(heard[2] == "rain weather w*")
	assert(heard[3] == "goal sport")
	watch:unsubscribe "news"
	watch:punsubscribe "w*"
	while db:pubsub("numpat") == 1 do
		skynet.yield()
	end
	assert(db:publish("weather", "sun") == 0)
	watch:disconnect()
	-- Whoever waits for a message learns that none will come.
	assert(not pcall(watch.message, watch))
end

local function run_all(port)
	conf.port = port
	local db = redis.connect(conf)
	db:flushdb()
	cases.run(CASE, nil, db)
	db:disconnect()
	assert(not pcall(db.ping, db))
	local ok = pcall(redis.connect, { host = "127.0.0.1", port = 1 })
	assert(not ok)
end

local function check_password(port)
	local options = { host = "127.0.0.1", port = port, auth = "open sesame" }
	local db = redis.connect(options)
	assert(db:ping() == "PONG")
	db:disconnect()
	options.username = "default"
	db = redis.connect(options)
	assert(db:set("key", "value") == "OK")
	db:disconnect()
	local watch = redis.watch(options)
	watch:subscribe "news"
	watch:disconnect()
	options.auth = "guess"
	assert(not pcall(redis.connect, options))
	local ok, why = pcall(function()
		return redis.connect { host = "127.0.0.1", port = port }:get "key"
	end)
	assert(not ok and why:find "^NOAUTH", why)
end

cases.report("redis_client", function()
	redis_server.with_one({}, run_all)
	redis_server.with_one({ "--requirepass 'open sesame'" }, check_password)
end)
