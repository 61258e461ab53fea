-- Accepts `lua` messages from itself.
-- CPU time of coroutines, a limit of memory, the node's clocks.
-- Ends in `TEST OK measures` or `TEST FAILED measures: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local profile = require "skynet.profile"
local checks = require "checks"

local ROLE <const> = ...

local LIMIT <const> = 8 * 1024 * 1024

if ROLE == "limited" then
	skynet.memlimit(LIMIT)
	assert(skynet.memlimit == nil, "once only")
end

local function spin(seconds)
	local begin = os.clock()
	while os.clock() - begin < seconds do
	end
end

local function cpu_time()
	profile.start()
	spin(0.02)
	skynet.sleep(30)
	spin(0.02)
	local seconds = profile.stop()
	assert(seconds >= 0.03 and seconds < 0.25, "sleeping is not working, but took " .. seconds)

	local co = coroutine.create(function()
		spin(0.02)
		coroutine.yield()
		spin(0.02)
	end)
	profile.start(co)
	profile.resume(co)
	profile.resume(co)
	assert(profile.stop(co) >= 0.03)
	assert(profile.resume == coroutine.resume and profile.wrap == coroutine.wrap)
end

local function profile_mistakes()
	checks.raises("Call profile.start() before profile.stop()", profile.stop)
	profile.start()
	local ok, why = pcall(profile.start)
	assert(not ok and why:find "start profile more than once$", why)
	profile.stop()
end

local function memory_limit()
	local limited = skynet.newservice(SERVICE_NAME, "limited")
	checks.equal(skynet.call(limited, "lua", 1024), 1024)
	checks.raises("call failed", skynet.call, limited, "lua", 2 * LIMIT)
	checks.equal(skynet.call(limited, "lua", 2048), 2048, "it lives on")
	skynet.kill(limited)
end

local function clocks()
	local begin, high = skynet.now(), skynet.hpc()
	skynet.sleep(5)
	assert(skynet.now() - begin >= 5)
	assert(skynet.hpc() - high >= 30000000, "nanoseconds")
	assert(math.type(skynet.starttime()) == "integer")
	assert(math.abs(skynet.time() - os.time()) < 3)
	local before, time
	repeat
		before, time = skynet.now(), skynet.time()
	until skynet.now() == before
	checks.equal(time, skynet.starttime() + before / 100)
end

if ROLE == "limited" then
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, size)
			skynet.retpack(#("x"):rep(size))
		end)
	end)
else
	checks.run("measures", function()
		cpu_time()
		profile_mistakes()
		memory_limit()
		clocks()
	end)
end
